import { randomUUID } from "node:crypto";
import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const beginRetire = loadScript(new URL("./begin-retire.lua", import.meta.url));
const retireBuckets = loadScript(new URL("./retire-buckets.lua", import.meta.url));
const retireHash = loadScript(new URL("./retire-hash.lua", import.meta.url));

/** Some 25 000 winners: Redis frees them in the background. */
const BUCKETS_AT_ONCE = 500;
const SILENCE_MS = 10_000;

/**
 * Takes a coupon with its winners out of Redis. What there is to tell of it afterwards is told from its rows; so this is for a
 * complete coupon.
 *
 * It closes the gate first and holds it as a loader does, so that nobody loads winners into buckets that are being deleted.
 * Where it dies on its way, or Redis is replaced, it may be repeated, and a load completes what is left of the winners.
 *
 * @returns false when somebody is loading the coupon, since it is wanted then, when it has left already, or when another Redis
 *   took over before all of it had left
 */
export async function retireCoupon(redis: RedisClient, keys: Keys, couponId: string): Promise<boolean> {
  const token = randomUUID();
  const buckets = (await beginRetire(redis, [keys.coupon(couponId)], [token, SILENCE_MS])) as number;
  if (buckets === 0) return false;
  const names = [keys.coupon(couponId), keys.winners(couponId)];
  for (let first = 0; first < buckets; first += BUCKETS_AT_ONCE) {
    const last = Math.min(first + BUCKETS_AT_ONCE, buckets) - 1;
    if ((await retireBuckets(redis, names, [token, SILENCE_MS, first, last])) !== 1) return false;
  }
  return (await retireHash(redis, [keys.coupon(couponId), keys.givenUp(couponId)], [token])) === 1;
}
