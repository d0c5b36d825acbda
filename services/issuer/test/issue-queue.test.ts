import { describe, expect, it } from "vitest";
import { type IssueObserver, IssueQueue, type IssueQueueSpec } from "../src/domain/issue-queue.ts";
import type { Row, RowWriter, WriteResult } from "../src/domain/row-writer.ts";
import { sleep } from "../src/sleep.ts";
import { MemoryRowWriter, rowsFrom } from "./memory-row-writer.ts";

/** A store whose every write waits for the test. */
class HeldWriter implements RowWriter {
  readonly store = new MemoryRowWriter();
  readonly #writes: { rows: readonly Row[]; answer: (result: WriteResult | "written") => void }[] = [];
  #arrived = Promise.withResolvers<void>();

  write(rows: readonly Row[]): Promise<WriteResult> {
    const { promise, resolve } = Promise.withResolvers<WriteResult>();
    const answer = (result: WriteResult | "written"): void =>
      resolve(result === "written" ? this.store.write(rows) : result);
    this.#writes.push({ rows, answer });
    this.#arrived.resolve();
    return promise;
  }

  get waiting(): number {
    return this.#writes.length;
  }

  /** The oldest write that waits: its numbers, and how to answer it. */
  async next(): Promise<{ nos: number[]; answer: (result: WriteResult | "written") => void }> {
    for (;;) {
      const write = this.#writes.shift();
      if (write) return { nos: write.rows.map(({ issueNo }) => issueNo), answer: write.answer };
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }
}

const SILENT: IssueObserver = { inserted: () => {}, committed: () => {}, notNow: () => {}, outage: () => {} };
const AWAY: WriteResult = { kind: "notNow", why: "AWAY", error: new Error("away") };

function queueOver(writer: RowWriter, spec: Partial<IssueQueueSpec> = {}): IssueQueue {
  return new IssueQueue({
    writer,
    maxRows: 10,
    concurrency: 1,
    lingerMs: 0,
    maxHoldMs: 60_000,
    backoff: () => 1,
    sleep,
    now: () => 5_000,
    observer: SILENT,
    ...spec,
  });
}

const SETTLED = { kind: "settled", failures: [] };
const RELEASED = { kind: "released" };

describe("merging", () => {
  it("inserts at once when nothing is under way, and gathers while something is", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer);
    const results = [queue.issue(rowsFrom(1, 2))];
    const first = await writer.next();
    expect(first.nos).toEqual([1, 2]);
    results.push(queue.issue(rowsFrom(3, 2)), queue.issue(rowsFrom(5, 3)));
    first.answer("written");
    const second = await writer.next();
    expect(second.nos).toEqual([3, 4, 5, 6, 7]);
    second.answer("written");
    expect(await Promise.all(results)).toEqual([SETTLED, SETTLED, SETTLED]);
  });

  it("puts what one delivery brought into one insert, with nobody to wait for", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { concurrency: 2 });
    const results = [queue.issue(rowsFrom(1, 2)), queue.issue(rowsFrom(3, 2)), queue.issue(rowsFrom(5, 3))];
    const only = await writer.next();
    expect(only.nos).toEqual([1, 2, 3, 4, 5, 6, 7]);
    only.answer("written");
    expect(await Promise.all(results)).toEqual([SETTLED, SETTLED, SETTLED]);
  });

  it("waits a moment for company when it is told to", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { lingerMs: 20 });
    const results = [queue.issue(rowsFrom(1, 2)), queue.issue(rowsFrom(3, 2))];
    expect(writer.waiting).toBe(0);
    const only = await writer.next();
    expect(only.nos).toEqual([1, 2, 3, 4]);
    only.answer("written");
    expect(await Promise.all(results)).toEqual([SETTLED, SETTLED]);
  });

  it("does not wait for company when the insert is full", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { lingerMs: 60_000 });
    const result = queue.issue(rowsFrom(1, 10));
    (await writer.next()).answer("written");
    expect(await result).toEqual(SETTLED);
  });

  it("has no more inserts under way than it may", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { concurrency: 2 });
    const results = [1, 11, 21, 31].map((firstNo) => queue.issue(rowsFrom(firstNo, 10)));
    const first = await writer.next();
    expect(writer.waiting).toBe(1);
    first.answer("written");
    const second = await writer.next();
    expect(second.nos[0]).toBe(11);
    const third = await writer.next();
    expect(third.nos[0]).toBe(21);
    expect(writer.waiting).toBe(0);
    third.answer("written");
    (await writer.next()).answer("written");
    second.answer("written");
    expect(await Promise.all(results)).toEqual([SETTLED, SETTLED, SETTLED, SETTLED]);
  });

  it("cuts a batch that is too large for one insert, and settles it when its last row is there", async () => {
    const writer = new HeldWriter();
    const lags: number[] = [];
    const queue = queueOver(writer, { observer: { ...SILENT, committed: (lagMs) => lags.push(lagMs) } });
    const result = queue.issue(rowsFrom(1, 25));
    const small = queue.issue(rowsFrom(26, 2));
    (await writer.next()).answer("written");
    (await writer.next()).answer("written");
    expect(lags).toEqual([]);
    const last = await writer.next();
    expect(last.nos).toEqual([21, 22, 23, 24, 25, 26, 27]);
    last.answer("written");
    expect(await Promise.all([result, small])).toEqual([SETTLED, SETTLED]);
    expect(lags).toEqual([4_000, 4_000]);
  });

  it("tells each batch of its own failures only", async () => {
    const queue = queueOver(new MemoryRowWriter([3]), { lingerMs: 5 });
    const results = await Promise.all([
      queue.issue(rowsFrom(1, 2)),
      queue.issue(rowsFrom(3, 2)),
      queue.issue(rowsFrom(5, 1)),
    ]);
    expect(results).toMatchObject([
      SETTLED,
      { kind: "settled", failures: [{ row: { issueNo: 3 }, kind: "BAD_ROW" }] },
      SETTLED,
    ]);
  });
});

describe("a store that takes no rows", () => {
  it("is tried again until it does, and what goes on is reported once", async () => {
    const writer = new HeldWriter();
    const events: string[] = [];
    const tries: number[] = [];
    const queue = queueOver(writer, {
      observer: { ...SILENT, outage: (began) => events.push(began ? "away" : "back") },
      backoff: (_, count) => {
        tries.push(count);
        return 1;
      },
    });
    const result = queue.issue(rowsFrom(1, 2));
    for (let count = 0; count < 3; count += 1) (await writer.next()).answer(AWAY);
    expect(queue.outage).toBe(true);
    (await writer.next()).answer("written");
    expect(await result).toEqual(SETTLED);
    expect(queue.outage).toBe(false);
    expect(events).toEqual(["away", "back"]);
    expect(tries).toEqual([0, 1, 2]);
  });

  it("is not taken to be away for having lost a race for locks", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer);
    const result = queue.issue(rowsFrom(1, 2));
    (await writer.next()).answer({ kind: "notNow", why: "CONTENTION", error: new Error("deadlock") });
    const again = await writer.next();
    expect(queue.outage).toBe(false);
    again.answer("written");
    expect(await result).toEqual(SETTLED);
  });

  it("has the batches released that were held for too long, waiting ones as well", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { maxHoldMs: 0 });
    const results = [queue.issue(rowsFrom(1, 2)), queue.issue(rowsFrom(3, 2))];
    (await writer.next()).answer(AWAY);
    expect(await Promise.all(results)).toEqual([RELEASED, RELEASED]);
    expect(writer.waiting).toBe(0);
  });

  it("has them released while a write hangs, and is back when that is answered after all", async () => {
    const writer = new HeldWriter();
    const events: string[] = [];
    const observer: IssueObserver = {
      ...SILENT,
      committed: () => events.push("committed"),
      outage: (began) => events.push(began ? "away" : "back"),
    };
    const queue = queueOver(writer, { maxHoldMs: 20, observer });
    const results = [queue.issue(rowsFrom(1, 2)), queue.issue(rowsFrom(3, 2))];
    const hanging = await writer.next();
    expect(await Promise.all(results)).toEqual([RELEASED, RELEASED]);
    hanging.answer("written");
    await queue.idle();
    expect(events).toEqual(["away", "back"]);
    expect(writer.waiting).toBe(0);
  });

  it("has a large batch released as a whole, though some of it is written", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { maxHoldMs: 0 });
    const result = queue.issue(rowsFrom(1, 25));
    (await writer.next()).answer("written");
    (await writer.next()).answer(AWAY);
    expect(await result).toEqual(RELEASED);
  });
});

describe("a store that takes no rows, with nothing left in hand", () => {
  it("is asked whether it takes them again, later and later, until it does", async () => {
    const writer = new HeldWriter();
    const events: string[] = [];
    const tries: number[] = [];
    const queue = queueOver(writer, {
      maxHoldMs: 0,
      observer: { ...SILENT, outage: (began) => events.push(began ? "away" : "back") },
      backoff: (_, count) => {
        tries.push(count);
        return 1;
      },
    });
    const result = queue.issue(rowsFrom(1, 2));
    (await writer.next()).answer(AWAY);
    expect(await result).toEqual(RELEASED);
    for (const answer of [AWAY, AWAY, "written"] as const) {
      const question = await writer.next();
      expect(question.nos).toEqual([]);
      expect(queue.outage).toBe(true);
      question.answer(answer);
    }
    await queue.idle();
    expect(queue.outage).toBe(false);
    expect(events).toEqual(["away", "back"]);
    expect(tries).toEqual([0, 0, 1, 2]);
  });

  it("is not asked while rows are on their way to it: they show it", async () => {
    const writer = new HeldWriter();
    let pauses = 0;
    const queue = queueOver(writer, { maxHoldMs: 0, backoff: () => (pauses += 1) });
    const lost = queue.issue(rowsFrom(1, 2));
    (await writer.next()).answer(AWAY);
    expect(await lost).toEqual(RELEASED);
    const question = await writer.next();
    const result = queue.issue(rowsFrom(3, 2));
    const insert = await writer.next();
    expect(insert.nos).toEqual([3, 4]);
    expect(pauses).toBe(2);
    question.answer(AWAY);
    // Else it would pause at once, before the next question.
    await new Promise(setImmediate);
    expect(pauses).toBe(2);
    insert.answer("written");
    await Promise.all([result, queue.idle()]);
    expect(queue.outage).toBe(false);
    expect(writer.waiting).toBe(0);
  });

  it("is not asked any more once the queue gives up", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer, { maxHoldMs: 0 });
    const result = queue.issue(rowsFrom(1, 2));
    (await writer.next()).answer(AWAY);
    expect(await result).toEqual(RELEASED);
    const question = await writer.next();
    queue.giveUp();
    let idle = false;
    const stopped = queue.idle().then(() => (idle = true));
    await new Promise(setImmediate);
    expect(idle).toBe(false);
    question.answer(AWAY);
    await stopped;
    expect(writer.waiting).toBe(0);
  });
});

describe("giveUp", () => {
  it("releases what waits and what comes, and lets the insert under way finish", async () => {
    const writer = new HeldWriter();
    const queue = queueOver(writer);
    const writing = queue.issue(rowsFrom(1, 2));
    const insert = await writer.next();
    const waiting = queue.issue(rowsFrom(3, 2));
    queue.giveUp();
    expect(await waiting).toEqual(RELEASED);
    expect(await queue.issue(rowsFrom(5, 2))).toEqual(RELEASED);
    insert.answer("written");
    expect(await writing).toEqual(SETTLED);
    await queue.idle();
  });

  it("ends the wait for a store that is away", async () => {
    const writer = new HeldWriter();
    const waiting = Promise.withResolvers<void>();
    const backoff = (): number => {
      waiting.resolve();
      return 60_000;
    };
    const queue = queueOver(writer, { backoff });
    const result = queue.issue(rowsFrom(1, 2));
    (await writer.next()).answer(AWAY);
    await waiting.promise;
    queue.giveUp();
    expect(await result).toEqual(RELEASED);
    await queue.idle();
  });
});
