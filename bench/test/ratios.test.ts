import { describe, expect, it } from "vitest";
import { ceilingsOf, ratiosOf, targetsOf } from "../src/ratios.ts";
import type { ContestantResult } from "../src/result.ts";

function contestant(name: string, figures: Partial<ContestantResult> & { us: number }): ContestantResult {
  const { us, ...rest } = figures;
  const none = { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
  return {
    name,
    title: name,
    users: 1_000,
    warmUpUsers: 0,
    accepted: 1_000,
    rows: 1_000,
    seconds: 1,
    acceptedPerSecond: 1_000,
    cpuUsPerCoupon: { total: us, byProcess: {} },
    redisCpuSeconds: 0,
    answerMs: none,
    faults: { lost: 0, duplicated: 0, overIssued: 0 },
    rounds: 1,
    setting: "",
    ...rest,
  };
}

const stream = contestant("firstcome-stream", { us: 20, committedPerSecond: 40_000 });

describe("the ratios", () => {
  it("divide the peers' CPU per coupon by the stream's, and the stream's rate by the legacy one", () => {
    const legacy = contestant("legacy-sync", { us: 600, committedPerSecond: 1_000 });
    const ratios = ratiosOf({}, [stream, legacy, contestant("bullmq", { us: 500 })], undefined);
    expect(ratios).toEqual({ commitVsLegacy: 40, cpuVsLegacy: 30, cpuVsBullmq: 25 });
  });

  it("compare accepts per second of Redis' CPU between the gate and the counters that do its job", () => {
    const gate = contestant("firstcome-gate", { us: 5, accepted: 200_000, redisCpuSeconds: 0.5 });
    const counters = contestant("double-counter-full", { us: 50, accepted: 60_000, redisCpuSeconds: 0.6 });
    expect(ratiosOf({}, [gate, counters], undefined)).toEqual({ gateVsDoubleCounter: 4 });
  });

  it("take over what the rounds have found, and bytes a winner from the million numeric ids", () => {
    const bytes = { zset: 110, hash: 64, set: 56 };
    const micro = {
      gateByBatch: [],
      insert: [],
      dispatcher: [],
      winners: [
        { ids: "uuid", members: 1_000_000, bytesPerMember: { ours: 60, ...bytes } },
        { ids: "numeric", members: 1_000_000, bytesPerMember: { ours: 22, ...bytes } },
      ],
    } as const;
    expect(ratiosOf({ unaryCpuVsEcho: 1.1 }, [], micro)).toEqual({ unaryCpuVsEcho: 1.1, bytesPerWinner: 22 });
  });

  it("leave out what could not be measured, instead of calling it a number", () => {
    const silent = contestant("firstcome-gate", { us: 5, redisCpuSeconds: 0 });
    const ratios = ratiosOf(
      { issuedLagP99Ms: Number.NaN },
      [silent, contestant("double-counter-full", { us: 1 })],
      undefined,
    );
    expect(ratios).toEqual({});
  });
});

describe("the ceilings", () => {
  it("are the ratios that would be left if only the stores cost anything", () => {
    const byProcess = { redis: 6, mysql: 10, coupon: 2, dispatcher: 1, issuer: 1 };
    const split = { ...stream, cpuUsPerCoupon: { total: 20, byProcess } };
    const ceilings = ceilingsOf([split, contestant("zset-cron", { us: 96 }), contestant("lua-single", { us: 30 })]);
    expect(ceilings).toEqual({ cpuVsZset: 6 });
  });

  it("are unknown where the stream was not measured", () => {
    expect(ceilingsOf([contestant("zset-cron", { us: 96 })])).toEqual({});
  });
});

describe("the targets", () => {
  it("are met from the right side, the limit included", () => {
    const targets = targetsOf({ unaryCpuVsEcho: 1.15, soldOutCpuVsEcho: 1.06, streamVsEcho: 7.9, cpuVsZset: 6 });
    expect(Object.entries(targets).map(([name, { met }]) => [name, met])).toEqual([
      ["unaryCpuVsEcho", true],
      ["soldOutCpuVsEcho", false],
      ["streamVsEcho", false],
      ["cpuVsZset", true],
    ]);
  });
});
