export interface BackoffSpec {
  /** The wait before the second attempt is anywhere between 0 and this. */
  baseMs: number;
  /** No wait is longer than this. */
  maxMs: number;
  /** In [0, 1); for tests. */
  random?: () => number;
}

/**
 * Exponential back-off with full jitter: the wait after attempt n (0, 1, …) is drawn evenly from
 * 0 … min(maxMs, baseMs · 2ⁿ), so that many callers that failed together do not come back together.
 */
export function fullJitterBackoff(spec: BackoffSpec): (attempt: number) => number {
  const { baseMs, maxMs, random = Math.random } = spec;
  return (attempt) => random() * Math.min(maxMs, baseMs * 2 ** attempt);
}
