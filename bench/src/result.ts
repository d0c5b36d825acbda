import type { MicroResults } from "./micro/micro-results.ts";

/** Goes up when a reader of the former form would misread the new one. */
export const RESULT_VERSION = 3;

/** What `npm run bench -- --json FILE` writes. Rates are per second; CPU is µs of user and system time of all threads. */
export interface BenchResult {
  readonly version: typeof RESULT_VERSION;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly mode: "quick" | "full";
  readonly seconds: number;
  readonly machine: Machine;
  readonly contestants: readonly ContestantResult[];
  /** Contestants that could not be measured. */
  readonly failed: readonly { readonly name: string; readonly why: string }[];
  readonly curves: Curves;
  /** Absent when it was not run. */
  readonly micro?: MicroResults;
  /** By the names of the targets; absent when one of its sides was not measured. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, Target>>;
  /** What some of the ratios would be if all of Firstcome but Redis and MySQL cost nothing. */
  readonly ceilings: Readonly<Record<string, number>>;
  /** Coupons of Firstcome that were held against their promises when their run was over. */
  readonly couponsHeld: number;
  /** Broken promises of Firstcome. Empty, or the run is a failure whatever its speed. */
  readonly violations: readonly string[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Versions. */
  readonly node: string;
  readonly redis: string;
  readonly mysql: string;
  readonly rabbitmq?: string;
}

/** Times in ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** CPU of one operation, in µs. The load generator's is not in it. */
export interface CpuCost {
  readonly total: number;
  /** "coupon", "dispatcher", "issuer", "redis", "mysql", "rabbitmq", "acceptor", "worker", "echo". */
  readonly byProcess: Readonly<Record<string, number>>;
}

/** One row of the table: from the first call until the last accepted user's row is committed. */
export interface ContestantResult {
  readonly name: string;
  readonly title: string;
  /** Users who asked in the round that is shown, and before all rounds, to warm up. */
  readonly users: number;
  readonly warmUpUsers: number;
  readonly accepted: number;
  /** 0 where the work ends with the accept. */
  readonly rows: number;
  /** From the first call until the last row is committed (the last answer, where there are no rows). */
  readonly seconds: number;
  /** Accepted ÷ the time from the first call to the last answer. */
  readonly acceptedPerSecond: number;
  /** Rows ÷ `seconds`; absent where there are no rows. */
  readonly committedPerSecond?: number;
  readonly cpuUsPerCoupon: CpuCost;
  /** Not in `cpuUsPerCoupon`. Absent for a peer: it is called within its own process. */
  readonly generatorUsPerCoupon?: number;
  readonly redisCpuSeconds: number;
  /** As its callers saw it. */
  readonly answerMs: Percentiles;
  /** Of all rounds together. */
  readonly faults: Faults;
  /** A short run of its own on the design's known fault, apart from the timed one. */
  readonly faultExperiment?: FaultExperimentResult;
  /** A known fault of the design that no run shows, in words. */
  readonly untestedFault?: string;
  /** Measured so often; the figures are those of the round with the median CPU. */
  readonly rounds: number;
  /** Concurrency and batches, and what a reader must know of the figures. */
  readonly setting: string;
  readonly note?: string;
}

export interface Faults {
  /** Told "accepted", and no row. */
  readonly lost: number;
  readonly duplicated: number;
  readonly overIssued: number;
}

export interface FaultExperimentResult extends Faults {
  readonly title: string;
  readonly users: number;
  readonly quantity: number;
}

export interface Curves {
  /** Open loop, corrected for coordinated omission. */
  readonly latencyByLoad: Readonly<Record<string, readonly LoadPoint[]>>;
  /** By a name of the setting, such as "firstcome-stream". */
  readonly cpuByRate: Readonly<Record<string, readonly LoadPoint[]>>;
}

export interface LoadPoint {
  readonly offeredPerSecond: number;
  readonly achievedPerSecond: number;
  /** From when a call was due, not from when it was sent. */
  readonly answerMs: Percentiles;
  /** From the accept to the committed row. */
  readonly issuedLagMs?: Percentiles;
  readonly cpuUsPerCoupon: CpuCost;
}

export interface Target {
  readonly limit: number;
  readonly kind: "atLeast" | "atMost";
  readonly met: boolean;
}
