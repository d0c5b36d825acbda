import { describe, expect, it } from "vitest";
import type { Answer, CallEntry } from "../src/history/entry.ts";
import { Heard } from "../src/history/heard.ts";
import type { Fault } from "../src/plan/fault.ts";
import { causesOf } from "../src/report/causes.ts";
import { type Findings, makeReport, whatIsBroken } from "../src/report/report.ts";

const KEPT = {
  coupons: {
    overIssued: 0,
    lost: 0,
    duplicates: 0,
    numberGaps: 0,
    outOfOrder: 0,
    numberMismatches: 0,
    timeMismatches: 0,
    secondThoughts: 0,
    heldBack: 0,
    notRevoked: 0,
    revokedUnasked: 0,
    acceptedAfterEnd: 0,
    changedAfterEnd: 0,
    notFinished: 0,
    quantityMismatches: 0,
  },
  orders: {
    salesMismatches: 0,
    miscountedOrders: 0,
    couponsUsedTwice: 0,
    couponUseMismatches: 0,
    stockMismatches: 0,
    ordersToldWrong: 0,
    ordersRepeated: 0,
  },
};

function call(at: number, name: CallEntry["call"], answer: Answer): CallEntry {
  return { at, askedAt: at - 5, caller: "visitor-1", via: "coupon-1", user: "ann", coupon: "7", call: name, answer };
}

function failed(code: string): Answer {
  return { outcome: "FAILED", code, reason: code, message: "" };
}

/** A run in which a coupon service was killed once, and all went well. */
function well(...more: CallEntry[]): Findings {
  const heard = new Heard();
  heard.note(call(1_000, "IssueCoupon", failed("UNAVAILABLE")));
  heard.note(call(1_300, "issue", { outcome: "ACCEPTED", issueNo: 1, acceptedAt: 1_290 }));
  heard.note(call(1_400, "PayOrder", failed("FAILED_PRECONDITION")));
  for (const entry of more) heard.note(entry);
  const fault: Fault = { no: 1, kind: "kill", target: "coupon-1", atMs: 900, lastsMs: 100 };
  return {
    seed: 42,
    seconds: 90,
    struck: [{ fault, begunAt: 900, endedAt: 1_200 }],
    heard,
    check: {
      ...KEPT,
      accepted: 1,
      rows: 1,
      rowsAt: [1_350],
      deadLetters: 0,
      finished: 1,
      ordersPaid: 0,
      ordersCancelled: 0,
    },
    coupons: 1,
    left: { batches: 0, messages: 0 },
    unanswered: 0,
    redriven: 2,
    services: [{ crashes: 0, failedStarts: 1, uncleanStops: 2 }],
  };
}

describe("the report", () => {
  it("says what was played, what came of it, and that nothing is broken", () => {
    const report = makeReport(well());
    expect(report).toMatchObject({
      seed: 42,
      seconds: 90,
      faults: { "kill coupon": 1 },
      faultCount: 1,
      faultKinds: 1,
      accepted: 1,
      rows: 1,
      lost: 0,
      duplicated: 0,
      overIssued: 0,
      numberMismatches: 0,
      redriven: 2,
      finished: 1,
      slowestRecovery: { ms: 150, of: "rows", after: "kill coupon-1 for 0.1 s" },
      neverRecovered: [],
      oddAnswers: {},
      failedStarts: 1,
      uncleanStops: 2,
      calls: { IssueCoupon: { UNAVAILABLE: 1 }, issue: { ACCEPTED: 1 }, PayOrder: { FAILED_PRECONDITION: 1 } },
    });
    expect(whatIsBroken(report)).toEqual([]);
  });

  it("says what did not come to pass, which is no failure", () => {
    const report = makeReport(well());
    expect(report.notSeen).toEqual([
      ...["freeze", "restart", "cut", "refuse", "delay", "stall", "refuse-rows"].map(
        (kind) => `no fault of the kind ${kind}`,
      ),
      ...["ALREADY_ISSUED", "SOLD_OUT", "PAUSED"].map((outcome) => `nobody was told ${outcome}`),
      ...["AddStock", "PauseCoupon", "ResumeCoupon", "GrantCoupons", "RevokeUserCoupon", "RebuildGate"].map(
        (operation) => `no ${operation} was done`,
      ),
      "no order was paid",
      "no order was cancelled",
    ]);
    const check = { ...well().check, finished: 0, ordersPaid: 1, ordersCancelled: 1 };
    const more = makeReport({ ...well(call(1_500, "AddStock", { outcome: "DONE" })), check, redriven: 0 });
    expect(more.notSeen).toEqual(expect.arrayContaining(["no coupon was finished", "no dead letter was redriven"]));
    expect(more.notSeen).not.toEqual(expect.arrayContaining(["no AddStock was done"]));
    expect(more.notSeen.filter((what) => what.includes("order"))).toEqual([]);
    expect(whatIsBroken(more)).toEqual([]);
  });

  it.each(Object.keys(KEPT.coupons))("names what is broken: %s of coupons", (name) => {
    const findings = well();
    const check = { ...findings.check, coupons: { ...KEPT.coupons, [name]: 3 } };
    const named = name === "duplicates" ? "duplicated" : name;
    expect(whatIsBroken(makeReport({ ...findings, check }))).toEqual([`${named}: 3`]);
  });

  it.each(Object.keys(KEPT.orders))("names what is broken: %s", (name) => {
    const findings = well();
    const check = { ...findings.check, orders: { ...KEPT.orders, [name]: 3 } };
    expect(whatIsBroken(makeReport({ ...findings, check }))).toEqual([`${name}: 3`]);
  });

  it.each<[string, Partial<Findings>, string]>([
    ["a dead letter", { check: { ...well().check, deadLetters: 1 } }, "deadLetters: 1"],
    ["what is still on its way", { left: { batches: 2, messages: 1 } }, "notDrained: 3"],
    ["users without an answer", { unanswered: 1 }, "unanswered: 1"],
    ["a crash", { services: [{ crashes: 1, failedStarts: 0, uncleanStops: 0 }] }, "crashes: 1"],
    [
      "what did not come back",
      { check: { ...well().check, rowsAt: [1_100] } },
      "never again: rows after kill coupon-1 for 0.1 s",
    ],
    [
      "an answer that nobody should get",
      { heard: well(call(1_500, "issue", failed("INTERNAL"))).heard },
      "issue INTERNAL: 1 times",
    ],
    [
      "a refusal where nothing was to be refused",
      { heard: well(call(1_500, "CancelOrder", failed("FAILED_PRECONDITION"))).heard },
      "CancelOrder FAILED_PRECONDITION: 1 times",
    ],
  ])("names what is broken: %s", (_what, change, message) => {
    expect(whatIsBroken(makeReport({ ...well(), ...change }))).toEqual([message]);
  });
});

describe("causesOf", () => {
  it("names the cause before what went wrong while things were disposed of, and each once", () => {
    const [cause, first, second] = [new Error("cause"), new Error("first"), new Error("second")];
    const fail = async (): Promise<never> => {
      await using stack = new AsyncDisposableStack();
      for (const error of [second, first, cause]) stack.defer(async () => Promise.reject(error));
      throw cause;
    };
    return expect(fail().catch(causesOf)).resolves.toEqual([cause, first, second]);
  });
});
