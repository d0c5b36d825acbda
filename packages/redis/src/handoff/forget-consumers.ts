import type { RedisClient } from "../connect.ts";
import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./forget-consumers.lua", import.meta.url));

/**
 * Removes consumers of one partition that have nothing pending and were silent for `silentMs`; only `consumer` when that
 * is given. One that turns out to live is a consumer again with its next read. Returns how many were removed.
 */
export async function forgetConsumers(
  redis: RedisClient,
  keys: Keys,
  partition: number,
  { silentMs, consumer = "" }: { silentMs: number; consumer?: string },
): Promise<number> {
  return (await script(redis, [keys.handoff(partition)], [HANDOFF_GROUP, silentMs, consumer])) as number;
}
