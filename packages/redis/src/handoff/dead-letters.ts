import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { fieldsOf, parseCouponId, parseNumbers, parseTime } from "./entry.ts";
import type { RawEntry } from "./entry.ts";
import { discard } from "./discard.ts";
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
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** A page, oldest first within each partition. `next` is the `after` of the next page; undefined on the last one. */
  async list(page: { after?: string; limit: number }): Promise<{ letters: DeadLetter[]; next: string | undefined }> {
    const after = parseLetterId(page.after ?? "") ?? { partition: 0, letterId: "" };
    const letters: DeadLetter[] = [];
    for (let partition = after.partition; partition < this.#keys.partitions; partition++) {
      const from = partition === after.partition && after.letterId ? `(${after.letterId}` : "-";
      const wanted = page.limit + 1 - letters.length;
      const found = await this.#redis.xrange(this.#keys.dead(partition), from, "+", "COUNT", wanted);
      letters.push(...found.map((raw) => toLetter(partition, raw)));
      if (letters.length > page.limit) {
        letters.length = page.limit;
        return { letters, next: letters.at(-1)?.id };
      }
    }
    return { letters, next: undefined };
  }

  /** Puts one back on the hand-off. False: it is not there. */
  async redrive(id: string): Promise<boolean> {
    const ref = this.#find(id);
    return ref ? redrive(this.#redis, this.#keys, ref.partition, ref.letterId) : false;
  }

  /** Deletes one for good, and returns it. Undefined: it is not there. */
  async discard(id: string): Promise<DeadLetter | undefined> {
    const ref = this.#find(id);
    if (!ref) return undefined;
    const [raw] = await this.#redis.xrange(this.#keys.dead(ref.partition), ref.letterId, ref.letterId);
    if (!raw) return undefined;
    const letter = toLetter(ref.partition, raw);
    return (await discard(this.#redis, this.#keys, ref.partition, ref.letterId, letter)) ? letter : undefined;
  }

  #find(id: string): { partition: number; letterId: string } | undefined {
    const ref = parseLetterId(id);
    return ref && ref.partition < this.#keys.partitions ? ref : undefined;
  }
}

function parseLetterId(id: string): { partition: number; letterId: string } | undefined {
  // With twenty digits a part may be beyond 64 bits, which Redis refuses.
  const match = /^(\d{1,5}):(\d{1,19}-\d{1,19})$/.exec(id);
  return match ? { partition: Number(match[1]), letterId: match[2] as string } : undefined;
}

function toLetter(partition: number, [id, fields]: RawEntry): DeadLetter {
  const { c = "", t = "", u = "", n = "", reason = "", attempts, entry = "", at } = fieldsOf(fields);
  const userIds = u.split(" ");
  return {
    id: `${partition}:${id}`,
    batchId: `${partition}:${entry}`,
    couponId: parseCouponId(c) ?? "0",
    acceptedAt: parseTime(t) ?? 0,
    userIds,
    issueNos: parseNumbers(n, userIds.length) ?? [],
    reason,
    attempts: Number(attempts ?? 0),
    deadSince: Number(at ?? 0),
  };
}
