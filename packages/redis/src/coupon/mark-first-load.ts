import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./mark-first-load.lua", import.meta.url));

/** Notes that a load is the coupon's first at all. False: the holder of `token` is not its loader any more. */
export async function markFirstLoad(redis: RedisClient, keys: Keys, couponId: string, token: string): Promise<boolean> {
  return (await script(redis, [keys.coupon(couponId)], [token])) === 1;
}
