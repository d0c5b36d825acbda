import { randomUUID } from "node:crypto";
import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { beginLoad } from "./begin-load.ts";

const retireBuckets = loadScript(new URL("./retire-buckets.lua", import.meta.url));
const retireHash = loadScript(new URL("./retire-hash.lua", import.meta.url));

/** Some 50 000 winners: Redis frees them in the background. */
const BUCKETS_AT_ONCE = 500;
const SILENCE_MS = 10_000;

/**
 * Takes a coupon with its winners out of Redis. Whoever asks for it afterwards loads it again from the rows; so this is for a
 * coupon whose every number is a row.
 *
 * It closes the gate first and holds it as a loader does, so that nobody loads winners into buckets that are being deleted.
 * Where it dies on its way, the next load completes what is left of the winners.
 *
 * @returns false when somebody is loading the coupon: it is wanted
 */
export async function retireCoupon(redis: RedisClient, keys: Keys, couponId: string): Promise<boolean> {
  const token = randomUUID();
  const closing = { token, silenceMs: SILENCE_MS, rebuild: true, buckets: 1, base: 0 };
  const closed = await beginLoad(redis, keys, couponId, closing);
  if (!closed.begun) return false;
  const names = [keys.coupon(couponId), keys.winners(couponId)];
  for (let first = 0; first < closed.buckets; first += BUCKETS_AT_ONCE) {
    const last = Math.min(first + BUCKETS_AT_ONCE, closed.buckets) - 1;
    if ((await retireBuckets(redis, names, [token, SILENCE_MS, first, last])) !== 1) return false;
  }
  return (await retireHash(redis, [keys.coupon(couponId), keys.givenUp(couponId)], [token])) === 1;
}
