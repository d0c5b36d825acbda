import {
  type BenchResult,
  type ContestantResult,
  type LoadPoint,
  type Percentiles,
  RESULT_VERSION,
} from "../../src/result.ts";

/** A result with something in every part of the report. The figures are made up: only their shape matters. */
export function sampleResult(change: Partial<BenchResult> = {}): BenchResult {
  return {
    version: RESULT_VERSION,
    startedAt: "2026-11-22T03:04:05.000Z",
    mode: "quick",
    seconds: 312,
    machine: {
      cpu: "Some Processor 3000",
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      node: "26.10.0",
      redis: "7.0.15",
      mysql: "10.11 MariaDB",
      rabbitmq: "3.10",
    },
    contestants: [
      aContestant("firstcome-stream", { coupon: 3.1, dispatcher: 2.4, issuer: 2.2, redis: 4.4, mysql: 8 }, 52_000),
      aContestant("firstcome-unary", { coupon: 52, dispatcher: 3.5, issuer: 2.6, redis: 5.5, mysql: 9 }, 16_400),
      aContestant("rabbitmq-batch", { acceptor: 9, worker: 6, redis: 5, mysql: 8, rabbitmq: 7 }, 38_000),
      aContestant("rabbitmq", { acceptor: 60, worker: 90, redis: 20, mysql: 80, rabbitmq: 98 }, 5_100),
      aContestant("zset-cron", { acceptor: 40, worker: 20, redis: 20, mysql: 78 }, 5_600),
      aContestant("bullmq", { acceptor: 210, worker: 220, redis: 95, mysql: 76 }, 2_900),
      aContestant("legacy-sync", { acceptor: 160, mysql: 450 }, 1_480),
      {
        ...aContestant("list-per-worker", { acceptor: 70, worker: 110, redis: 46, mysql: 90 }, 3_600),
        faultExperiment: {
          title: "a worker is killed half-way",
          users: 4_000,
          quantity: 4_000,
          lost: 17,
          duplicated: 0,
          overIssued: 0,
        },
      },
      {
        ...gateOnly("get-incr", { acceptor: 30, redis: 18 }, 26_000),
        faults: { lost: 0, duplicated: 0, overIssued: 64 },
      },
      gateOnly("double-counter", { acceptor: 42, redis: 29 }, 19_000),
      gateOnly("echo-unary", { echo: 48 }, 20_000),
    ],
    failed: [],
    curves: {
      latencyByLoad: {
        "echo-unary": curve([2_000, 5_000, 10_000, 20_000], 0.4),
        "firstcome-unary": curve([2_000, 5_000, 10_000, 20_000], 0.9),
        "firstcome-stream": curve([2_000, 5_000, 10_000, 20_000, 50_000], 1.1),
      },
      cpuByRate: { "firstcome-stream": curve([250, 1_000, 4_000, 16_000, 50_000], 1) },
    },
    micro: {
      gateByBatch: [1, 4, 16, 64, 256, 1_000].map((batch) => ({
        batch,
        itemsPerSecond: 300_000 / (1 + 40 / batch),
        redisUsPerItem: 2.7 + 25 / batch,
        nodeUsPerItem: 0.9 + 40 / batch,
      })),
      winners: [
        { ids: "numeric", members: 1_000_000, bytesPerMember: { ours: 22, zset: 110, hash: 64, set: 56 } },
        { ids: "uuid", members: 1_000_000, bytesPerMember: { ours: 57, zset: 142, hash: 96, set: 88 } },
      ],
      insert: [10, 100, 500, 1_000].flatMap((rows) => [
        {
          rows,
          statement: "issueRows",
          nodeUsPerRow: 0.5 + 60 / rows,
          databaseUsPerRow: 6 + 200 / rows,
          rowsPerSecond: 90_000,
        },
        {
          rows,
          statement: "values",
          nodeUsPerRow: 1 + 70 / rows,
          databaseUsPerRow: 7 + 200 / rows,
          rowsPerSecond: 80_000,
        },
      ]),
      dispatcher: [1, 8, 64, 256].map((batch) => ({
        batch,
        itemsPerSecond: 300_000 / (1 + 20 / batch),
        dispatcherUsPerItem: 1 + 55 / batch,
        workerUsPerItem: 0.5 + 16 / batch,
        redisUsPerItem: 0.3 + 40 / batch,
      })),
    },
    ratios: { unaryCpuVsEcho: 1.09, cpuVsLegacy: 24.1 },
    targets: {
      unaryCpuVsEcho: { limit: 1.15, kind: "atMost", met: true },
      cpuVsLegacy: { limit: 25, kind: "atLeast", met: false },
      bytesPerWinner: { limit: 30, kind: "atMost", met: false },
    },
    ceilings: { cpuVsLegacy: 33.3 },
    couponsHeld: 24,
    violations: [],
    ...change,
  };
}

export function aContestant(
  name: string,
  byProcess: Record<string, number>,
  committedPerSecond: number,
): ContestantResult {
  return { ...gateOnly(name, byProcess, committedPerSecond * 1.04), rows: 20_000, committedPerSecond };
}

/** One whose work ends with the answer. */
function gateOnly(name: string, byProcess: Record<string, number>, acceptedPerSecond: number): ContestantResult {
  return {
    name,
    title: `what ${name} is`,
    users: 20_000,
    warmUpUsers: 2_000,
    accepted: 20_000,
    rows: 0,
    seconds: 20_000 / acceptedPerSecond,
    acceptedPerSecond,
    cpuUsPerCoupon: { total: Object.values(byProcess).reduce((sum, us) => sum + us, 0), byProcess },
    redisCpuSeconds: 0.5,
    answerMs: times(4),
    faults: { lost: 0, duplicated: 0, overIssued: 0 },
    rounds: 1,
    setting: "256 callers at once",
  };
}

function curve(rates: readonly number[], scale: number): LoadPoint[] {
  return rates.map((offeredPerSecond, i) => {
    const total = 20 + 200_000 / offeredPerSecond;
    return {
      offeredPerSecond,
      achievedPerSecond: i === rates.length - 1 ? offeredPerSecond * 0.8 : offeredPerSecond,
      answerMs: times(scale * (1 + i ** 3 / 4)),
      issuedLagMs: times(12 + 3 * i ** 2),
      cpuUsPerCoupon: { total, byProcess: { coupon: total / 2, mysql: total / 2 } },
    };
  });
}

function times(p50: number): Percentiles {
  return { p50, p90: p50 * 1.6, p99: p50 * 3, p999: p50 * 5, max: p50 * 9 };
}
