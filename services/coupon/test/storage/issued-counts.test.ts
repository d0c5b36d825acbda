import type { WinnerRows } from "@firstcome/database";
import { FakeClock } from "@firstcome/testkit";
import { describe, expect, it, vi } from "vitest";
import { IssuedCounts } from "../../src/storage/issued-counts.ts";

const HOUR_MS = 3_600_000;

describe("IssuedCounts", () => {
  it("does not read again what is complete", async () => {
    const { counts, add, readFrom } = counting();

    expect(await counts.of("1")).toBe(0);
    // 10 000 and a bit, with a gap in the second span.
    add(1, 10_500);
    add(10_502, 20_500);
    expect(await counts.of("1")).toBe(20_499);
    expect(await counts.of("1")).toBe(20_499);
    expect(readFrom()).toBe(10_000);
    add(10_501, 10_501);
    expect(await counts.of("1")).toBe(20_500);
    expect(await counts.of("1")).toBe(20_500);
    expect(readFrom()).toBe(20_000);
  });

  it("counts all rows anew after an hour: some may be gone, in a database that came back with older data", async () => {
    const { counts, clock, add, lose } = counting();
    add(1, 20_000);
    expect(await counts.of("1")).toBe(20_000);
    clock.advance(HOUR_MS / 2);
    add(20_001, 30_000);
    expect(await counts.of("1")).toBe(30_000);
    lose(19_001, 30_000);

    clock.advance(HOUR_MS / 2 - 1);
    expect(await counts.of("1")).toBe(30_000);
    clock.advance(1);

    expect(await counts.of("1")).toBe(19_000);
  });
});

/** Counts of one coupon's rows, which the test writes and loses. */
function counting() {
  const numbers = new Set<number>();
  const each = (from: number, to: number, todo: (no: number) => void): void => {
    for (let no = from; no <= to; no += 1) todo(no);
  };
  const countBySpan = vi.fn<WinnerRows["countBySpan"]>((_id, { after, span }) => {
    const found: number[] = [];
    for (const no of numbers) {
      if (no <= after) continue;
      const i = Math.floor((no - after - 1) / span);
      while (found.length <= i) found.push(0);
      found[i] = (found[i] ?? 0) + 1;
    }
    return Promise.resolve(found);
  });
  const clock = new FakeClock(0);
  return {
    counts: new IssuedCounts({ rows: { countBySpan }, now: () => clock.now() }),
    clock,
    add: (from: number, to: number): void => each(from, to, (no) => numbers.add(no)),
    lose: (from: number, to: number): void => each(from, to, (no) => numbers.delete(no)),
    readFrom: (): number | undefined => countBySpan.mock.lastCall?.[1].after,
  };
}
