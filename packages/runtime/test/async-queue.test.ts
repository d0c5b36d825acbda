import { describe, expect, it } from "vitest";
import { AsyncQueue } from "../src/index.ts";

describe("AsyncQueue", () => {
  it("hands items on in order, whether the reader waits or not", async () => {
    const queue = new AsyncQueue<number>({ capacity: 10 });
    const first = queue.next();
    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, true]);
    expect(queue.size).toBe(2);
    queue.close();
    const rest: number[] = [];
    for await (const item of queue) rest.push(item);
    expect([await first, rest]).toEqual([{ done: false, value: 1 }, [2, 3]]);
  });

  it("takes no more than its capacity", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
    await queue.next();
    expect([queue.push(4), queue.push(5), queue.size]).toEqual([true, false, 2]);
  });

  it("keeps its order through many pushes and reads", async () => {
    const queue = new AsyncQueue<number>({ capacity: 1_000 });
    const read: number[] = [];
    let pushed = 0;
    for (let round = 0; round < 200; round += 1) {
      for (let i = 0; i < 7; i += 1) queue.push(pushed++);
      for (let i = 0; i < 5; i += 1) read.push((await queue.next()).value ?? -1);
    }
    expect(queue.size).toBe(400);
    expect(read).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  it("ends a waiting reader when it is closed, and refuses what comes later", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    const waiting = queue.next();
    queue.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect([queue.push(1), queue.closed]).toEqual([false, true]);
  });

  it("throws a failure once, in place of what was queued", async () => {
    const failure = new Error("gone");
    const queue = new AsyncQueue<number>({ capacity: 2 });
    queue.push(1);
    queue.fail(failure);
    await expect(queue.next()).rejects.toBe(failure);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    expect(queue.push(2)).toBe(false);

    const other = new AsyncQueue<number>({ capacity: 2 });
    const waiting = other.next();
    other.fail(failure);
    await expect(waiting).rejects.toBe(failure);
  });

  it("is closed by a reader that leaves its loop", async () => {
    const queue = new AsyncQueue<number>({ capacity: 5 });
    queue.push(1);
    queue.push(2);
    for await (const item of queue) if (item === 1) break;
    expect([queue.push(3), queue.size]).toEqual([false, 0]);
  });

  it("has one reader", async () => {
    const queue = new AsyncQueue<number>({ capacity: 5 });
    const first = queue.next();
    await expect(queue.next()).rejects.toThrow("one reader");
    queue.push(1);
    expect((await first).value).toBe(1);
  });
});
