import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Phase, Schedule } from "../../src/overload/schedule.ts";

/** What is lost in reckoning with fractions of a ms. */
const ROUNDING_MS = 1e-6;

const phase: fc.Arbitrary<Phase> = fc.record({
  name: fc.constant("a phase"),
  perSecond: fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: 0, max: 2_000, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 1_000) },
  ),
  ms: fc.oneof({ weight: 4, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.constant(0) }),
});
const phases = fc.array(phase, { minLength: 1, maxLength: 5 });

describe("a schedule", () => {
  it("lets each phase's callers come at its rate, at even distances from its beginning", () => {
    const schedule = new Schedule([
      { name: "calm", perSecond: 2, ms: 2_000 },
      { name: "nobody", perSecond: 0, ms: 500 },
      { name: "flood", perSecond: 1_000, ms: 3 },
    ]);
    expect(schedule.callers).toBe(7);
    expect(Array.from({ length: 7 }, (_, caller) => schedule.find(caller))).toEqual([
      { phase: 0, dueAt: 0 },
      { phase: 0, dueAt: 500 },
      { phase: 0, dueAt: 1_000 },
      { phase: 0, dueAt: 1_500 },
      { phase: 2, dueAt: 2_500 },
      { phase: 2, dueAt: 2_501 },
      { phase: 2, dueAt: 2_502 },
    ]);
    expect([0, 499, 500, 2_000, 2_499, 2_500, 2_501, 9_999].map((now) => schedule.dueBy(now))).toEqual([
      1, 1, 2, 4, 4, 5, 6, 7,
    ]);
  });

  it("has nobody come before it begins, and everybody by its end", () => {
    fc.assert(
      fc.property(phases, (given) => {
        const schedule = new Schedule(given);
        const expected = given.map(({ perSecond, ms }) => Math.floor((perSecond * ms) / 1_000));
        expect(schedule.callers).toBe(sum(expected));
        expect(schedule.dueBy(-ROUNDING_MS)).toBe(0);
        expect(schedule.dueBy(sum(given.map(({ ms }) => ms)))).toBe(schedule.callers);
      }),
    );
  });

  it("has each caller come once, in the order of their numbers, within the phase that it is one of", () => {
    fc.assert(
      fc.property(phases, (given) => {
        const schedule = new Schedule(given);
        const begins = given.map((_, i) => sum(given.slice(0, i).map(({ ms }) => ms)));
        const found = given.map(() => 0);
        let before = 0;
        for (let caller = 0; caller < schedule.callers; caller += 1) {
          const { phase: i, dueAt } = schedule.find(caller);
          const began = begins[i] as number;
          if (dueAt < before || dueAt < began || dueAt >= began + (given[i] as Phase).ms) {
            throw new Error(
              `caller ${caller}, of phase ${i} from ${began}, comes at ${dueAt}; the one before at ${before}`,
            );
          }
          before = dueAt;
          found[i] = (found[i] as number) + 1;
        }
        expect(found).toEqual(given.map(({ perSecond, ms }) => Math.floor((perSecond * ms) / 1_000)));
      }),
    );
  });

  it("counts a caller as come from the time at which it finds it due", () => {
    fc.assert(
      fc.property(phases, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const schedule = new Schedule(given);
        fc.pre(schedule.callers > 0);
        const caller = Math.min(Math.floor(share * schedule.callers), schedule.callers - 1);
        const { dueAt } = schedule.find(caller);
        expect(schedule.dueBy(dueAt + ROUNDING_MS)).toBeGreaterThan(caller);
        expect(schedule.dueBy(dueAt - ROUNDING_MS)).toBeLessThanOrEqual(caller);
      }),
      { numRuns: 1_000 },
    );
  });

  it("has every caller be due exactly once, whenever somebody looks", () => {
    const looks = fc.array(fc.double({ min: 0, max: 1_500, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(phases, looks, (given, waits) => {
        const schedule = new Schedule(given);
        let now = 0;
        let next = 0;
        for (const wait of [...waits, sum(given.map(({ ms }) => ms))]) {
          const before = now;
          now += wait;
          const due = schedule.dueBy(now);
          expect(due).toBeGreaterThanOrEqual(next);
          if (due > next) {
            // The first and the last of those who have come since the look before.
            const [first, last] = [schedule.find(next).dueAt, schedule.find(due - 1).dueAt];
            expect(first).toBeGreaterThanOrEqual(before === 0 ? 0 : before - ROUNDING_MS);
            expect(last).toBeLessThanOrEqual(now + ROUNDING_MS);
          }
          next = due;
        }
        expect(next).toBe(schedule.callers);
      }),
    );
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
