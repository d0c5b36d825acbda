/** What became of a batch. */
export type BatchOutcome =
  /** All of it is committed. */
  | { kind: "done" }
  /** What the failures name is not committed; all the rest is. */
  | { kind: "failed"; failures: readonly ItemFailure[] }
  /** Not tried, or given up for no fault of the items: deliver it again, here or elsewhere; counts as no failure. */
  | { kind: "released" };

/** Items that share a fate. */
export interface ItemFailure {
  /** Which of the batch's users. */
  userIds: readonly string[];
  /**
   * `retriable`: deliver these again later; counts towards the limit after which items become dead letters.
   * `fatal`: no retry can help, they become dead letters now.
   */
  kind: "retriable" | "fatal";
  /** For people, and kept with a dead letter. Cut at 500 characters. */
  reason: string;
  /** With `retriable`: not before so many ms, an hour at most. Unset: the dispatcher's back-off. */
  delayMs?: number | undefined;
}

export const DONE: BatchOutcome = { kind: "done" };
export const RELEASED: BatchOutcome = { kind: "released" };

/** {@link DONE} when there are no failures. */
export function failed(failures: readonly ItemFailure[]): BatchOutcome {
  return failures.length === 0 ? DONE : { kind: "failed", failures };
}
