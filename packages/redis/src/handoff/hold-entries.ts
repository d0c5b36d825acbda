import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import type { EntryRef } from "./entry.ts";
import { hold } from "./hold.ts";

/** Parts of a cluster may fail alone, so there is a result for each entry. */
export interface HoldResult {
  /** They belong to another by now, or are settled. */
  readonly lost: readonly EntryRef[];
  /** Their partition does not answer. */
  readonly failed: readonly EntryRef[];
  /** Why; set when `failed` is not empty. */
  readonly error?: unknown;
}

/** Sets the idle time of entries that `consumer` owns, in whatever partitions they are. Never rejects. */
export async function holdEntries(
  redis: RedisClient,
  keys: Keys,
  owner: { consumer: string; idleMs: number },
  entries: readonly EntryRef[],
): Promise<HoldResult> {
  const lost: EntryRef[] = [];
  const failed: EntryRef[] = [];
  const errors = new Map<number, unknown>();
  const holdSome = async (partition: number, some: readonly EntryRef[]): Promise<void> => {
    try {
      // Those that do not answer may each take as long as a command may.
      if (errors.has(partition)) throw errors.get(partition);
      const refs = some.map(({ entryId }) => ({ entryId }));
      const ids = await hold(redis, keys, partition, owner, refs);
      lost.push(...ids.map((entryId) => ({ partition, entryId })));
    } catch (error) {
      errors.set(partition, error);
      failed.push(...some);
    }
  };
  for (let from = 0; from < entries.length; from += MAX_AT_ONCE) {
    const some = entries.slice(from, from + MAX_AT_ONCE);
    await Promise.all([...Map.groupBy(some, ({ partition }) => partition)].map(([p, own]) => holdSome(p, own)));
  }
  return { lost, failed, error: errors.values().next().value };
}

/** Over all partitions, since Redis runs all that came in one packet before it answers others. */
const MAX_AT_ONCE = 500;
