import { describe, expect, it } from "vitest";
import { makeReport, whatIsBroken } from "../src/report.ts";
import type { Findings } from "../src/report.ts";

const told = [1, 2].map((issueNo) => ({ userId: `user-${issueNo}`, issueNo }));
const KEPT = { overIssued: 0, lost: 0, duplicates: 0, numberGaps: 0, outOfOrder: 0, numberMismatches: 0 };

/** A run of three users on two pieces in which all went well. */
const WELL: Findings = {
  stock: 2,
  users: 3,
  rush: {
    accepted: 2,
    alreadyIssued: 0,
    soldOut: 1,
    failed: 0,
    failures: [],
    told,
    answerMs: [1, 2, 3],
    acceptingMs: 500,
  },
  check: { ...KEPT, rows: 2, issuedLagMs: [10, 20], committingMs: 1_000 },
  shopping: { placed: 2, paid: 2, failed: 0, failures: [] },
  ranking: { top: [{ productId: "7", sold: 3 }], matchesMysql: true },
};

describe("the report", () => {
  it("says what happened", () => {
    expect(makeReport(WELL)).toEqual({
      stock: 2,
      users: 3,
      accepted: 2,
      alreadyIssued: 0,
      soldOut: 1,
      failed: 0,
      rows: 2,
      ...KEPT,
      acceptRatePerS: 4,
      commitRatePerS: 2,
      acceptMs: { p50: 2, p99: 3 },
      issuedLagMs: { p50: 10, p99: 20 },
      orders: { placed: 2, paid: 2, failed: 0 },
      ranking: { top: [{ productId: "7", sold: 3 }], matchesMysql: true },
    });
    expect(whatIsBroken(WELL)).toEqual([]);
  });

  it.each<[string, Findings, RegExp]>([
    ["a promise", { ...WELL, check: { ...WELL.check, lost: 1 } }, /^lost: 1$/],
    ["a row too few", { ...WELL, check: { ...WELL.check, rows: 1 } }, /^1 rows for 2 winners$/],
    ["a failed call", { ...WELL, rush: { ...WELL.rush, failed: 1, failures: ["why"] } }, /^1 calls failed \(why\)$/],
    ["a winner too few", { ...WELL, stock: 9 }, /^2 winners instead of 3$/],
    ["a failed order", { ...WELL, shopping: { ...WELL.shopping, failed: 1 } }, /^1 orders failed/],
    ["a wrong ranking", { ...WELL, ranking: { top: [], matchesMysql: false } }, /^the ranking does not say/],
  ])("names what is broken: %s", (_what, findings, message) => {
    expect(whatIsBroken(findings)).toEqual([expect.stringMatching(message)]);
  });
});
