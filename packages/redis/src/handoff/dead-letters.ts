import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { discard } from "./discard.ts";
import { ENTRY_REF, fieldsOf, formatEntryRef, parseCouponId, parseEntryRef, parseNumbers, parseTime } from "./entry.ts";
import type { EntryRef, RawEntry } from "./entry.ts";
import { redrive } from "./redrive.ts";

/** Items that no worker could handle. Times are epoch ms. What cannot be read of a malformed entry is 0 or empty. */
export interface DeadLetter {
  /** `<partition>:<id in the stream of dead letters>`. */
  readonly id: string;
  /** The batch that they come from: `<partition>:<id in the hand-off stream>`. */
  readonly batchId: string;
  readonly couponId: string;
  readonly acceptedAt: number;
  readonly userIds: readonly string[];
  readonly issueNos: readonly number[];
  readonly reason: string;
  readonly attempts: number;
  readonly deadSince: number;
}

/** The dead letters of all partitions. Ids that are not of the form of one count as not there. */
export class DeadLetters {
  /** What an id looks like. */
  readonly idForm = ENTRY_REF;
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * A page, oldest first within each partition: at most `limit` letters, and fewer when they have more than 20 000 items between
   * them. `next` is the `after` of the next page; undefined on the last one.
   */
  async list(page: { after?: string; limit: number }): Promise<{ letters: DeadLetter[]; next: string | undefined }> {
    const letters: DeadLetter[] = [];
    let items = 0;
    for await (const letter of this.#lettersAfter(page.after ?? "")) {
      items += letter.userIds.length;
      // A letter that is larger than a page is one of its own.
      const isFull = letters.length === page.limit || (letters.length > 0 && items > ITEMS_PER_PAGE);
      if (isFull) return { letters, next: letters.at(-1)?.id };
      letters.push(letter);
    }
    return { letters, next: undefined };
  }

  async *#lettersAfter(id: string): AsyncGenerator<DeadLetter, void, undefined> {
    const after = parseEntryRef(id) ?? { partition: 0, entryId: "" };
    for (let partition = after.partition; partition < this.#keys.partitions; partition++) {
      const from = partition === after.partition && after.entryId ? `(${after.entryId}` : "-";
      for await (const raw of this.#entries(partition, from, "+")) yield toLetter(partition, raw);
    }
  }

  /**
   * The ids of those that are there when it begins, oldest first within each partition. The last one of each partition is
   * what bounds them, and no clock: Redis never gives a stream a smaller id than one before, even when its time is set back.
   */
  async *ids(): AsyncGenerator<string, void, undefined> {
    const partitions = Array.from({ length: this.#keys.partitions }, (_, partition) => partition);
    const newest = await Promise.all(
      partitions.map((partition) => this.#redis.xrevrange(this.#keys.dead(partition), "+", "-", "COUNT", 1)),
    );
    for (const [partition, [last]] of newest.entries()) {
      if (!last) continue;
      for await (const [entryId] of this.#entries(partition, "-", last[0]))
        yield formatEntryRef({ partition, entryId });
    }
  }

  /** From one id to another as XRANGE takes them. */
  async *#entries(partition: number, first: string, last: string): AsyncGenerator<RawEntry, void, undefined> {
    for (let from = first; ;) {
      const found = await this.#redis.xrange(this.#keys.dead(partition), from, last, "COUNT", ENTRIES_AT_ONCE);
      yield* found;
      const end = found.at(-1);
      if (!end || found.length < ENTRIES_AT_ONCE) return;
      from = `(${end[0]}`;
    }
  }

  /** Puts one back on the hand-off. False: it is not there. */
  async redrive(id: string): Promise<boolean> {
    const ref = this.#find(id);
    return ref ? redrive(this.#redis, this.#keys, ref.partition, ref.entryId) : false;
  }

  /** Deletes one for good, and returns it. Undefined: it is not there. */
  async discard(id: string): Promise<DeadLetter | undefined> {
    const ref = this.#find(id);
    if (!ref) return undefined;
    const [raw] = await this.#redis.xrange(this.#keys.dead(ref.partition), ref.entryId, ref.entryId);
    if (!raw) return undefined;
    const letter = toLetter(ref.partition, raw);
    return (await discard(this.#redis, this.#keys, ref.partition, ref.entryId, letter)) ? letter : undefined;
  }

  #find(id: string): EntryRef | undefined {
    const ref = parseEntryRef(id);
    return ref && ref.partition < this.#keys.partitions ? ref : undefined;
  }
}

function toLetter(partition: number, [id, fields]: RawEntry): DeadLetter {
  const { c = "", t = "", u = "", n = "", reason = "", attempts, entry = "", at } = fieldsOf(fields);
  const userIds = u.split(" ");
  return {
    id: formatEntryRef({ partition, entryId: id }),
    batchId: formatEntryRef({ partition, entryId: entry }),
    couponId: parseCouponId(c) ?? "0",
    acceptedAt: parseTime(t) ?? 0,
    userIds,
    issueNos: parseNumbers(n, userIds.length) ?? [],
    reason,
    attempts: Number(attempts ?? 0),
    deadSince: Number(at ?? 0),
  };
}

/** About 1.5 MB with the longest user ids: a message takes 4 MiB. */
const ITEMS_PER_PAGE = 20_000;

/** A letter may hold all of a gate's batch: at most 10 000 items, so this is some 15 MB at worst. */
const ENTRIES_AT_ONCE = 20;
