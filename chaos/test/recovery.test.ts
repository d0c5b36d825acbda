import { describe, expect, it } from "vitest";
import type { Struck } from "../src/faults/strike.ts";
import type { Fault } from "../src/plan/fault.ts";
import { findRecoveries, type Flow, flowsOf } from "../src/report/recovery.ts";

function fault(kind: Fault["kind"], target: string): Fault {
  return { no: 1, atMs: 0, lastsMs: 0, kind, target } as Fault;
}

function struck(target: string, begunAt: number, endedAt: number): Struck {
  return { fault: fault("kill", target), begunAt, endedAt };
}

function times(flows: Partial<Record<Flow, number[]>>): Map<Flow, number[]> {
  return new Map(Object.entries(flows) as [Flow, number[]][]);
}

describe("findRecoveries", () => {
  it("counts from the end of a fault until the slowest of what it stopped flows again", () => {
    const flowed = times({ "answers of coupon-1": [90, 130, 150], rows: [10, 170] });
    const { slowest, never } = findRecoveries([struck("coupon-1", 100, 120)], flowed);
    expect(slowest).toMatchObject({ flow: "rows", ms: 50 });
    expect(never).toEqual([]);
  });

  it("does not count the time in which another fault kept the same from flowing", () => {
    const flowed = times({ rows: [300] });
    const faults = [struck("issuer-1", 100, 120), struck("issuer-2", 110, 200), struck("dispatcher-1", 190, 250)];
    const { slowest } = findRecoveries(faults, flowed);
    expect(slowest?.ms).toBe(50);
    const unrelated = [struck("issuer-1", 100, 120), struck("ranking", 110, 250)];
    expect(findRecoveries(unrelated, times({ rows: [300], orders: [300] })).slowest?.ms).toBe(180);
  });

  it("says what never came back", () => {
    const { slowest, never } = findRecoveries([struck("order", 100, 120)], times({ orders: [119] }));
    expect(slowest).toBeUndefined();
    expect(never).toEqual([{ fault: fault("kill", "order"), flow: "orders" }]);
  });
});

describe("flowsOf", () => {
  it.each<[Fault["kind"], string, Flow[]]>([
    ["kill", "redis", ["answers of coupon-1", "answers of coupon-2", "rows", "orders"]],
    ["freeze", "coupon-2", ["answers of coupon-2", "rows"]],
    ["cut", "callers>coupon-1", ["answers of coupon-1", "rows"]],
    ["cut", "coupon-1>redis", ["answers of coupon-1", "rows"]],
    ["stall", "issuer-2>dispatcher-1", ["rows"]],
    ["delay", "order>coupon-1", ["orders"]],
    ["refuse", "ranking>order", ["orders"]],
    ["cut", "callers>dispatcher-1", []],
    ["refuse-rows", "mysql", []],
  ])("knows what stops when there is a %s of %s", (kind, target, flows) => {
    expect(flowsOf(fault(kind, target))).toEqual(flows);
  });
});
