import type { RedisClient } from "../connect.ts";
import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import type { RawEntry } from "./entry.ts";

const script = loadScript(new URL("./claim.lua", import.meta.url));

export interface Claimed {
  /** Where the next claim of this partition goes on; `0-0`: from the start. */
  readonly cursor: string;
  readonly entries: readonly { readonly raw: RawEntry; readonly failures: number }[];
}

/** Makes `consumer` the owner of entries that nobody has touched for `minIdleMs`, of up to `count` or {@link MAX_AT_ONCE}. */
export async function claim(
  redis: RedisClient,
  keys: Keys,
  partition: number,
  from: { consumer: string; minIdleMs: number; cursor: string; count: number },
): Promise<Claimed> {
  const [cursor, ...entries] = (await script(
    redis,
    [keys.handoff(partition)],
    [HANDOFF_GROUP, from.consumer, from.minIdleMs, from.cursor, Math.min(from.count, MAX_AT_ONCE)],
  )) as [string, ...[string, string[], number][]];
  return {
    cursor,
    entries: entries.map(([id, fields, deliveries]) => ({ raw: [id, fields], failures: Math.max(deliveries - 1, 0) })),
  };
}

/** Entries. Lua is handed each of them whole: fifty with a thousand UUIDs in each keep Redis from others for 5 ms. */
const MAX_AT_ONCE = 50;
