import { describe, expect, it, vi } from "vitest";
import { IssuedCounts } from "../../src/storage/issued-counts.ts";

describe("IssuedCounts", () => {
  it("does not read again what is complete", async () => {
    const numbers = new Set<number>();
    const add = (from: number, to: number): void => {
      for (let n = from; n <= to; n += 1) numbers.add(n);
    };
    const countBySpan = vi.fn<(id: string, at: { after: number; span: number }) => Promise<number[]>>(
      (_id, { after, span }) => {
        const counts: number[] = [];
        for (const n of numbers) {
          if (n <= after) continue;
          const i = Math.floor((n - after - 1) / span);
          while (counts.length <= i) counts.push(0);
          counts[i] = (counts[i] ?? 0) + 1;
        }
        return Promise.resolve(counts);
      },
    );
    const counts = new IssuedCounts({ countBySpan });
    const readFrom = (): number | undefined => countBySpan.mock.lastCall?.[1].after;

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
});
