import type { EncodedHistogram } from "../measure/histogram.ts";

/** What a generator is to do. */
export interface LoadOrder {
  /** `host:port` of the service. */
  readonly address: string;
  readonly method: "unary" | "stream";
  readonly couponId: string;
  /** Users `first` … `first + users - 1` of `userIdOf`, each once. */
  readonly first: number;
  readonly users: number;
  readonly connections: number;
  readonly pace: ClosedPace | OpenPace;
}

/** Each caller asks again as soon as it is answered. */
export interface ClosedPace {
  readonly kind: "closed";
  /** Asks under way at a time, over all connections. */
  readonly asks: number;
  /** Users in an ask: 1 for unary calls. */
  readonly batch: number;
  /** Ends the run before all users have asked. */
  readonly atMostMs?: number;
}

/** Users come at this rate whatever the service does. */
export interface OpenPace {
  readonly kind: "open";
  readonly perSecond: number;
}

export interface LoadDone {
  /** Users who asked. */
  readonly asked: number;
  /** By IssueOutcome: how many users were told so. */
  readonly outcomes: readonly number[];
  /** What each user was told, in their order; 0 for no number. */
  readonly issueNos: Uint32Array;
  /** Users who got no answer. */
  readonly failed: number;
  /** From the first ask to the last answer. */
  readonly ms: number;
  readonly answers: EncodedHistogram;
  /** This process's, meanwhile. */
  readonly generatorCpuSeconds: number;
}
