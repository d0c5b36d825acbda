/** Items of a batch in columns: the same index is the same item. */
export interface Items {
  readonly userIds: readonly string[];
  readonly issueNos: readonly number[];
  /** Failed attempts so far. They differ within a batch once a worker failed some items and released others. */
  readonly failures: readonly number[];
}

/** Whether the numbers are n, n + 1, … */
export function isGapless(issueNos: readonly number[]): boolean {
  // They ascend and are unique, so the ends tell.
  return issueNos.length === 0 || (issueNos.at(-1) as number) - (issueNos[0] as number) === issueNos.length - 1;
}

/** What may be held against every one of the items: the least failures of any. */
export function sharedFailures(items: Items): number {
  return items.failures.reduce((least, failures) => Math.min(least, failures), Number.POSITIVE_INFINITY);
}

/** The number of the next attempt: 1, then one more for each failure before. */
export function attemptNumber(items: Items): number {
  return 1 + items.failures.reduce((most, failures) => Math.max(most, failures), 0);
}
