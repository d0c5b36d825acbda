/** A batch of winners of one coupon on its way to the database, as the hand-off stream holds it. */
export interface HandoffEntry {
  readonly partition: number;
  /** The stream's id of the entry: `<ms>-<seq>`. */
  readonly entryId: string;
  readonly couponId: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
  readonly userIds: readonly string[];
  /** One for each user id. */
  readonly issueNos: readonly number[];
  /** Attempts that failed so far. */
  readonly failures: number;
}

/** Where an entry is. */
export type EntryRef = Pick<HandoffEntry, "partition" | "entryId">;

/** A stream entry as Redis answers it: id and field, value, field, value … */
export type RawEntry = readonly [entryId: string, fields: readonly string[]];

/**
 * Reads an entry: `c` coupon id, `t` accepted at (epoch ms), `u` user ids joined with a space, `n` the number of the first
 * (the others follow) or, after a redrive of some of them, all numbers joined with a space.
 *
 * Undefined: it was not written by the gate.
 */
export function parseEntry(partition: number, [entryId, fields]: RawEntry, failures: number): HandoffEntry | undefined {
  const { c: couponId, t, u, n } = fieldsOf(fields);
  if (!couponId || !t || !u || !n) return undefined;
  const userIds = u.split(" ");
  const issueNos = parseNumbers(n, userIds.length);
  const acceptedAt = Number(t);
  if (!issueNos || !Number.isSafeInteger(acceptedAt)) return undefined;
  return { partition, entryId, couponId, acceptedAt, userIds, issueNos, failures };
}

export function fieldsOf(fields: readonly string[]): Partial<Record<string, string>> {
  const named: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) named[fields[i] as string] = fields[i + 1] as string;
  return named;
}

export function parseNumbers(text: string, count: number): number[] | undefined {
  const numbers = text.split(" ").map(Number);
  if (!numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return undefined;
  if (numbers.length === count) return numbers;
  if (numbers.length !== 1) return undefined;
  return Array.from({ length: count }, (_, i) => (numbers[0] as number) + i);
}
