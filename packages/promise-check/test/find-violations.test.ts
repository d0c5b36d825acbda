import { describe, expect, it } from "vitest";
import { brokenPromises, findViolations } from "../src/index.ts";
import type { Evidence } from "../src/index.ts";

const KEPT = { overIssued: 0, lost: 0, duplicates: 0, numberGaps: 0, outOfOrder: 0, numberMismatches: 0 };

/** Three users who were told 1, 2, 3, and a change to what is found of them. */
function evidence(change: Partial<Evidence> = {}): Evidence {
  const rows = ["a", "b", "c"].map((userId, i) => ({ userId, issueNo: i + 1, acceptedAt: i }));
  const numbers = new Map(rows.map(({ userId, issueNo }) => [userId, issueNo]));
  return { quantity: 3, told: rows, rows, winners: numbers, ...change };
}

describe("findViolations", () => {
  it("finds nothing where all is well", () => {
    expect(findViolations(evidence())).toEqual(KEPT);
    expect(findViolations({ quantity: 5, told: [], rows: [], winners: new Map() })).toEqual(KEPT);
  });

  it("accepts a winner who was never answered", () => {
    expect(findViolations(evidence({ told: [{ userId: "a", issueNo: 1 }] }))).toEqual(KEPT);
  });

  it("catches a coupon issued beyond its quantity, in either store", () => {
    expect(findViolations(evidence({ quantity: 2 }))).toEqual({ ...KEPT, overIssued: 1 });
    const winners = new Map([...evidence().winners, ["d", 4]]);
    expect(findViolations(evidence({ winners }))).toMatchObject({ overIssued: 1, lost: 1 });
  });

  it("catches a user who was told and has no row", () => {
    const rows = evidence().rows.slice(0, 2);
    expect(findViolations(evidence({ rows }))).toEqual({ ...KEPT, lost: 1 });
  });

  it("catches a user with two rows, and the gap that a wrong number leaves", () => {
    const rows = [...evidence().rows, { userId: "a", issueNo: 5, acceptedAt: 9 }];
    expect(findViolations(evidence({ rows, quantity: 9 }))).toEqual({ ...KEPT, duplicates: 1, numberGaps: 1 });
  });

  it("catches a number given twice", () => {
    const rows = ["a", "b", "c"].map((userId, i) => ({ userId, issueNo: Math.min(i + 1, 2), acceptedAt: i }));
    expect(findViolations(evidence({ rows }))).toEqual({ ...KEPT, numberGaps: 1, numberMismatches: 1 });
  });

  it("catches a row with another number than was told, or than Redis holds", () => {
    const told = [...evidence().rows, { userId: "b", issueNo: 7 }];
    expect(findViolations(evidence({ told }))).toEqual({ ...KEPT, numberMismatches: 1 });
    expect(
      findViolations(
        evidence({
          winners: new Map([
            ["a", 1],
            ["b", 2],
          ]),
        }),
      ),
    ).toEqual({ ...KEPT, numberMismatches: 1 });
  });

  it("catches a number that was given before a lower one, and none where several were given at once", () => {
    const timed = (...times: number[]) => evidence().rows.map((row, i) => ({ ...row, acceptedAt: times[i] as number }));
    expect(findViolations(evidence({ rows: timed(5, 9, 8).toReversed() }))).toEqual({ ...KEPT, outOfOrder: 1 });
    expect(findViolations(evidence({ rows: timed(5, 5, 5) }))).toEqual(KEPT);
  });

  it("names what was broken", () => {
    expect(brokenPromises({ ...KEPT, lost: 2 })).toEqual(["lost: 2"]);
    expect(brokenPromises(KEPT)).toEqual([]);
  });
});
