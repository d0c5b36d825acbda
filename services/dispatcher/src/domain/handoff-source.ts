/**
 * Where accepted batches come from and where they are settled. Redis Streams are the first adapter (`storage/`).
 *
 * A batch that was read or claimed belongs to this dispatcher until it is settled, released, or not kept alive for
 * longer than others wait before they claim.
 */
export interface HandoffSource {
  /** Independent streams of new batches, each with its own reader; the same lanes every time. */
  readonly lanes: readonly HandoffLane[];
  /** Makes the hand-off usable; called at the start and again after an error, since the store may have come back empty. */
  prepare(): Promise<void>;
  /**
   * Takes over what dead dispatchers held, and what living ones released: about `count` in each part of the hand-off, or fewer;
   * none when there is nothing.
   */
  claim(limits: { minIdleMs: number; count: number }): Promise<HandoffRead>;
  keepAlive(batchIds: readonly string[]): Promise<KeepResult>;
  /**
   * Takes batches off the hand-off for good, and writes their dead items to the dead letters, once. Whoever holds them;
   * one that is gone already counts as settled.
   */
  settle(settlements: readonly Settlement[]): Promise<SettleResult>;
  /** Keeps the numbers of failed attempts for the dispatcher that may claim the batches later. */
  recordFailures(failed: readonly { batchId: string; failures: number }[]): Promise<void>;
  /** Gives batches back: any dispatcher may claim them at once, and nothing is counted against them. */
  release(batchIds: readonly string[]): Promise<ReleaseResult>;
  /** This dispatcher reads and claims no more; what it still has is claimed by others. */
  leave(): Promise<void>;
  /** Forgets dispatchers that have nothing and were silent for `silentMs`; resolves to how many. */
  forgetSilent(silentMs: number): Promise<number>;
  backlog(): Promise<Backlog>;
}

/** Over all dispatchers. */
export interface Backlog {
  /** Batches that are not settled. */
  readonly batches: number;
  /** Of these, the ones that some dispatcher has. */
  readonly pending: number;
  /** Epoch ms; undefined when there is none. */
  readonly oldestAcceptedAt: number | undefined;
  readonly deadLetters: number;
}

export interface HandoffLane {
  /** New batches; empty after `blockMs` without any. About `count` of them for each part of the lane that has some. */
  read(limits: { count: number; blockMs: number }): Promise<HandoffRead>;
  /** Ends a read that waits, and the lane. */
  close(): void;
}

export interface HandoffRead {
  readonly batches: readonly HandoffBatch[];
  /** How many parts of the lane, or of the hand-off, had batches. */
  readonly parts: number;
}

/** Winners of one coupon, accepted together. */
export interface HandoffBatch {
  readonly id: string;
  readonly couponId: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
  readonly userIds: readonly string[];
  /** One for each user id, ascending. */
  readonly issueNos: readonly number[];
  /** Attempts that failed before it came here. */
  readonly failures: number;
}

export interface Settlement {
  readonly batchId: string;
  /** Empty: every item is committed. */
  readonly dead: readonly DeadItems[];
}

/** Items of one batch that died for the same reason. */
export interface DeadItems {
  readonly userIds: readonly string[];
  readonly issueNos: readonly number[];
  readonly reason: string;
  readonly attempts: number;
}

/** Parts of a store may fail alone, so settling, keeping and releasing have a result for each batch. */
export interface SettleResult {
  readonly unsettled: readonly Settlement[];
  /** Why; set when `unsettled` is not empty. */
  readonly error?: unknown;
}

export interface KeepResult {
  /** Those that belong to another by now. */
  readonly lost: readonly string[];
  /** Why some could not be asked about; undefined when all were. */
  readonly error?: unknown;
}

export interface ReleaseResult {
  readonly unreleased: readonly string[];
  /** Why; set when `unreleased` is not empty. */
  readonly error?: unknown;
}
