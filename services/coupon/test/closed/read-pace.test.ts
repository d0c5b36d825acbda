import { describe, expect, it } from "vitest";
import { ReadPace } from "../../src/closed/read-pace.ts";

const took1s = { startedAt: 0, endedAt: 1_000 };

describe("the pace of reading winners", () => {
  it("rests twenty times as long as a reading took, where winners may still be added", () => {
    const pace = new ReadPace();

    pace.note("DONE", { ...took1s, isFinal: false });

    expect([pace.mayRead(20_999), pace.mayRead(21_000)]).toEqual([false, true]);
  });

  it("does not rest where they are final", () => {
    const pace = new ReadPace();

    pace.note("DONE", { ...took1s, isFinal: true });

    expect(pace.mayRead(1_000)).toBe(true);
  });

  it("waits twice as long after each failure, half a minute at most, until a reading succeeds", () => {
    const pace = new ReadPace();
    const waits = [];

    for (const result of [...Array.from({ length: 8 }, () => "CHANGED" as const), "DONE", "FAILED"] as const) {
      pace.note(result, { startedAt: 0, endedAt: 0, isFinal: true });
      waits.push([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000].find((ms) => pace.mayRead(ms)));
    }

    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 0, 500]);
  });

  it("tries again in a minute what was too large", () => {
    const pace = new ReadPace();

    pace.note("TOO_LARGE", { ...took1s, isFinal: true });

    expect([pace.mayRead(60_999), pace.mayRead(61_000)]).toEqual([false, true]);
  });
});
