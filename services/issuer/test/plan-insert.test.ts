import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planInsert } from "../src/domain/plan-insert.ts";

describe("planInsert", () => {
  it.each([
    { waiting: [], maxRows: 10, plan: [] },
    { waiting: [3, 4, 3, 1], maxRows: 10, plan: [3, 4, 3] },
    { waiting: [3, 9, 1], maxRows: 10, plan: [3] },
    { waiting: [10, 1], maxRows: 10, plan: [10] },
    { waiting: [25, 1], maxRows: 10, plan: [10] },
    { waiting: [1, 25], maxRows: 10, plan: [1] },
  ])("takes $plan of $waiting", ({ waiting, maxRows, plan }) => {
    expect(planInsert(waiting, maxRows)).toEqual(plan);
  });

  it("inserts every row once, in order, whole batches but those too large for any insert", () => {
    const batches = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 20 }), (sizes, maxRows) => {
        let waiting = sizes;
        while (waiting.length > 0) {
          const plan = planInsert(waiting, maxRows);
          const rows = plan.reduce((sum, count) => sum + count, 0);
          expect(rows).toBeGreaterThan(0);
          expect(rows).toBeLessThanOrEqual(maxRows);
          const [first = 0] = waiting;
          if (first <= maxRows) expect(plan).toEqual(waiting.slice(0, plan.length));
          waiting = first > maxRows ? [first - rows, ...waiting.slice(1)] : waiting.slice(plan.length);
        }
      }),
    );
  });
});
