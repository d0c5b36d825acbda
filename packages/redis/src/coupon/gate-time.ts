import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./gate-time.lua", import.meta.url));

/**
 * Epoch ms by the clock by which a coupon opens and closes, whether it is loaded or not. A script, since `TIME` alone names no key:
 * on a cluster any shard would answer.
 */
export async function gateTime(redis: RedisClient, keys: Keys, couponId: string): Promise<number> {
  const [seconds, micros] = (await script(redis, [keys.coupon(couponId)], [])) as [string, string];
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}
