import type { Keys, RedisClient } from "../src/index.ts";

/** Product id → pieces, as Redis holds them for a day. */
export async function soldOn(redis: RedisClient, keys: Keys, day: string): Promise<Record<string, number>> {
  const flat = await redis.zrange(keys.salesOfDay(day), 0, "-1", "WITHSCORES");
  const sold: Record<string, number> = {};
  for (let i = 0; i < flat.length; i += 2) sold[flat[i] as string] = Number(flat[i + 1]);
  return sold;
}
