import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type UserRate, UserRates } from "../../src/domain/user-rate.ts";

describe("a user's rate", () => {
  it("lets a burst through, then one for each interval", () => {
    const rates = new UserRates({ perSecond: 2, burst: 3 });
    expect([0, 0, 0, 0].map((at) => rates.ask("kim", at))).toEqual([0, 0, 0, 500]);
    expect(rates.ask("kim", 400)).toBe(100);
    expect(rates.ask("kim", 500)).toBe(0);
    expect(rates.ask("kim", 500)).toBe(500);
    expect([5_000, 5_000, 5_000, 5_000].map((at) => rates.ask("kim", at))).toEqual([0, 0, 0, 500]);
  });

  it("is no other user's", () => {
    const rates = new UserRates({ perSecond: 1, burst: 1 });
    expect([rates.ask("kim", 0), rates.ask("lee", 0), rates.ask("kim", 0)]).toEqual([0, 0, 1_000]);
  });

  it("is kept by whoever asks for the first time, at any time", () => {
    const perSecond = fc.integer({ min: 1, max: 1_000 }).map((tenths) => tenths / 10);
    const rate = fc.record({ perSecond, burst: fc.integer({ min: 1, max: 3 }) });
    // As performance.now() gives it.
    const now = fc.integer({ min: 0, max: 1e12 }).map((us) => us / 1_000);
    fc.assert(
      fc.property(rate, now, (spec, at) => {
        expect(new UserRates(spec).ask("kim", at)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never lets more through in any time than a burst and what the rate gives", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 200 });
    const rate = fc.record({ perSecond: fc.constantFrom(0.5, 1, 3, 10), burst: fc.integer({ min: 1, max: 8 }) });
    fc.assert(
      fc.property(rate, pauses, (spec, gaps) => {
        const rates = new UserRates(spec);
        let now = 0;
        const passed: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const tooSoonMs = rates.ask("kim", now);
          if (tooSoonMs === 0) passed.push(now);
          // To wait as long as was said is enough, up to the next whole ms.
          else expect(askAfter(spec, passed, now + Math.floor(tooSoonMs) + 1)).toBe(0);
        }
        for (const [i, from] of passed.entries()) {
          for (const [j, to] of passed.entries()) {
            if (j < i) continue;
            const most = spec.burst + ((to - from) / 1_000) * spec.perSecond;
            expect(j - i + 1).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      }),
    );
  });
});

/** What a user is told who was let through at these times, and asks again. */
function askAfter(spec: UserRate, passed: readonly number[], now: number): number {
  const rates = new UserRates(spec);
  for (const at of passed) rates.ask("kim", at);
  return rates.ask("kim", now);
}

describe("the memory of users' rates", () => {
  it("is bounded, and keeps those who asked last", () => {
    const rates = new UserRates({ perSecond: 0.001, burst: 1 }, 1_000);
    for (let i = 0; i < 10_000; i += 1) expect(rates.ask(`user-${i}`, i)).toBe(0);
    expect(rates.size).toBeLessThanOrEqual(1_000);
    expect(rates.ask("user-9999", 10_000)).toBeGreaterThan(0);
    expect(rates.ask("user-9600", 10_000)).toBeGreaterThan(0);
  });

  it("forgets users that may ask a whole burst again anyway", () => {
    const rates = new UserRates({ perSecond: 1, burst: 2 });
    for (let i = 0; i < 1_000; i += 1) rates.ask(`user-${i}`, 0);
    rates.ask("kim", 2_000);
    rates.ask("kim", 4_000);
    expect(rates.size).toBeLessThanOrEqual(2);
  });
});
