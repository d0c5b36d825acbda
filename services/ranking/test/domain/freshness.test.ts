import { describe, expect, it } from "vitest";
import { isFresh } from "../../src/domain/freshness.ts";
import { businessCalendar } from "../../src/storage/business-calendar.ts";

const seoul = businessCalendar("Asia/Seoul");
const MINUTE_MS = 60_000;
const midnight = Date.UTC(2030, 0, 1, 15);

function fresh(computedAt: number, now: number): boolean {
  return isFresh({ products: [], computedAt }, now, seoul);
}

describe("isFresh", () => {
  it("holds for six minutes, and no further than the end of the day", () => {
    const noon = midnight + 720 * MINUTE_MS;
    expect(fresh(noon, noon)).toBe(true);
    expect(fresh(noon, noon + 6 * MINUTE_MS - 1)).toBe(true);
    expect(fresh(noon, noon + 6 * MINUTE_MS)).toBe(false);
    expect(fresh(midnight - 1, midnight)).toBe(false);
    expect(fresh(midnight, midnight + 1)).toBe(true);
  });

  it("bears with clocks that differ a little, and not with one that is wrong", () => {
    const noon = midnight + 720 * MINUTE_MS;
    expect(fresh(noon + 1_000, noon)).toBe(true);
    expect(fresh(noon + 10 * MINUTE_MS, noon)).toBe(false);
  });
});
