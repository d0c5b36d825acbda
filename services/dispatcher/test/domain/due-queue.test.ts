import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DueQueue } from "../../src/domain/due-queue.ts";

describe("DueQueue", () => {
  it("gives out what is due, earliest first, and keeps the rest", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.nat(100), (times, now) => {
        const queue = new DueQueue<number>();
        for (const time of times) queue.push(time, time);
        const sorted = times.toSorted((a, b) => a - b);
        expect([...queue.popDue(now)]).toEqual(sorted.filter((time) => time <= now));
        expect(queue.nextDueAt).toBe(sorted.find((time) => time > now));
        expect([...queue.popDue(100)]).toEqual(sorted.filter((time) => time > now));
      }),
    );
  });
});
