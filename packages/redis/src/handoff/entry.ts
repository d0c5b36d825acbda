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

/** What an entry is called outside of Redis: `<partition>:<id in the stream>`. With twenty digits a part may be beyond 64 bits. */
export const ENTRY_REF = /^(\d{1,5}):(\d{1,19}-\d{1,19})$/;

export function formatEntryRef({ partition, entryId }: EntryRef): string {
  return `${partition}:${entryId}`;
}

/** Undefined: it is not of the form of one. */
export function parseEntryRef(text: string): EntryRef | undefined {
  const match = ENTRY_REF.exec(text);
  return match ? { partition: Number(match[1]), entryId: match[2] as string } : undefined;
}

/** A stream entry as Redis answers it: id and field, value, field, value … */
export type RawEntry = readonly [entryId: string, fields: readonly string[]];

/**
 * Reads an entry: `c` coupon id, `t` accepted at (epoch ms), `u` user ids joined with a space, `n` the number of the first
 * (the others follow) or, after a redrive of some of them, all numbers joined with a space.
 *
 * Undefined: it was not written by the gate. What is returned fits the types of the contract, whatever a stranger wrote:
 * an entry that could not be put into a message would end one dispatcher after the other.
 */
export function parseEntry(partition: number, [entryId, fields]: RawEntry, failures: number): HandoffEntry | undefined {
  const { c, t, u, n } = fieldsOf(fields);
  if (!c || !t || !u || !n) return undefined;
  const userIds = u.split(" ");
  const couponId = parseCouponId(c);
  const acceptedAt = parseTime(t);
  const issueNos = parseNumbers(n, userIds.length);
  if (couponId === undefined || acceptedAt === undefined || !issueNos) return undefined;
  return { partition, entryId, couponId, acceptedAt, userIds, issueNos, failures };
}

export function fieldsOf(fields: readonly string[]): Partial<Record<string, string>> {
  const named: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) named[fields[i] as string] = fields[i + 1] as string;
  return named;
}

/** A positive int64. */
export function parseCouponId(text: string): string | undefined {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= MAX_INT64 ? text : undefined;
}

/** Epoch ms, before the year 10000. */
export function parseTime(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) && Number(text) <= MAX_TIME ? Number(text) : undefined;
}

export function parseNumbers(text: string, count: number): number[] | undefined {
  let numbers = text.split(" ").map(Number);
  const [first = 0] = numbers;
  if (numbers.length === 1) numbers = Array.from({ length: count }, (_, i) => first + i);
  const areNumbers = numbers.every((number) => Number.isInteger(number) && number > 0 && number <= MAX_UINT32);
  return areNumbers && numbers.length === count ? numbers : undefined;
}

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT32 = 2 ** 32 - 1;
const MAX_TIME = Date.UTC(9999, 11, 31);
