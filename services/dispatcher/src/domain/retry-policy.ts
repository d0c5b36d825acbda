export interface RetryPolicy {
  /** An item that has failed this often goes to the dead letters. */
  readonly failureLimit: number;
  /** Milliseconds to wait after the n-th failure, n = 0, 1, … */
  readonly backoff: (failures: number) => number;
  /** How long a released batch rests when the worker that did not want it is still there to be given it again. */
  readonly releaseDelayMs: number;
}

export type FailureKind = "nack" | "crash" | "deadline";

/** How long to wait before the next attempt, in ms. */
export function retryDelayMs(policy: RetryPolicy, kind: FailureKind, failures: number): number {
  // A nack tells that the work itself fails. A crash or a deadline says more about the worker, and has cost its time
  // already: the first is made good at once, and only a batch that takes down worker after worker is slowed.
  if (kind !== "nack") return failures <= 1 ? 0 : policy.backoff(failures - 2);
  return policy.backoff(failures - 1);
}
