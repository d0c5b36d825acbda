import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./abandon-load.lua", import.meta.url));

/** Gives up a load that failed. False: the holder of `token` was not its loader any more. */
export async function abandonLoad(redis: RedisClient, keys: Keys, couponId: string, token: string): Promise<boolean> {
  return (await script(redis, [keys.coupon(couponId)], [token])) === 1;
}
