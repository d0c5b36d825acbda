/** An answer that some caller got. */
export interface Told {
  readonly userId: string;
  readonly issueNo: number;
}

/** What is known of one coupon afterwards, from three sides that do not know of each other. */
export interface Evidence {
  readonly quantity: number;
  /** What callers were told, each time: of every ACCEPTED and ALREADY_ISSUED. */
  readonly told: readonly Told[];
  /** The rows in MySQL. `acceptedAt` in epoch ms. */
  readonly rows: readonly { readonly userId: string; readonly issueNo: number; readonly acceptedAt: number }[];
  /** The winners in Redis: user id → issue number. */
  readonly winners: ReadonlyMap<string, number>;
}

/** How often each promise was broken. All 0: kept. */
export interface Violations {
  /** P1: rows, or winners in Redis, beyond the quantity. */
  readonly overIssued: number;
  /** P4: users who were told that they have won, or who have won by Redis, and have no row. */
  readonly lost: number;
  /** P2: rows beyond the first of a user. */
  readonly duplicates: number;
  /** P3: numbers that are missing between 1 and the highest, or given more than once. */
  readonly numberGaps: number;
  /** P3: rows that were accepted before that of the number below theirs. */
  readonly outOfOrder: number;
  /** P3: users whose row has another number than they were told, or than Redis holds. */
  readonly numberMismatches: number;
}

/** Compares the three sides. Pure; knows nothing of how coupons are issued. */
export function findViolations({ quantity, told, rows, winners }: Evidence): Violations {
  const rowsOf = Map.groupBy(rows, ({ userId }) => userId);
  const toldOf = Map.groupBy(told, ({ userId }) => userId);

  const numbers = new Set(rows.map(({ issueNo }) => issueNo));
  const highest = rows.reduce((max, { issueNo }) => Math.max(max, issueNo), 0);
  const missing = highest - numbers.size;
  const repeated = rows.length - numbers.size;

  const isWrong = (userId: string, issueNo: number): boolean =>
    winners.get(userId) !== issueNo || (toldOf.get(userId) ?? []).some((answer) => answer.issueNo !== issueNo);

  return {
    overIssued: Math.max(rows.length - quantity, winners.size - quantity, 0),
    lost: count(new Set([...toldOf.keys(), ...winners.keys()]), (userId) => !rowsOf.has(userId)),
    duplicates: rows.length - rowsOf.size,
    numberGaps: missing + repeated,
    outOfOrder: countOutOfOrder(rows),
    numberMismatches: count(rowsOf, ([userId, [row]]) => row !== undefined && isWrong(userId, row.issueNo)),
  };
}

/** The names of the promises that were broken, for people. */
export function brokenPromises(violations: Violations): string[] {
  return Object.entries(violations)
    .filter(([, times]) => times > 0)
    .map(([promise, times]) => `${promise}: ${times}`);
}

function countOutOfOrder(rows: Evidence["rows"]): number {
  const times = rows.toSorted((one, other) => one.issueNo - other.issueNo).map(({ acceptedAt }) => acceptedAt);
  return count(times.entries(), ([i, time]) => i > 0 && time < (times[i - 1] as number));
}

function count<T>(items: Iterable<T>, matches: (item: T) => boolean): number {
  let matching = 0;
  for (const item of items) if (matches(item)) matching++;
  return matching;
}
