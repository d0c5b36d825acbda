import type { Keys, RedisClient } from "@firstcome/redis";
import { findKeys } from "@firstcome/testkit";

/** Every key that the gate holds of a coupon: its hash and its buckets of winners. Not the streams. */
export async function keysOfCoupon(redis: RedisClient, keys: Keys, couponId: string): Promise<string[]> {
  const buckets = await findKeys(redis, `${keys.winners(couponId)}*`);
  return [keys.coupon(couponId), ...buckets].toSorted((a, b) => a.localeCompare(b));
}

/** What a Redis that came back empty has done to a coupon. */
export async function forgetCoupon(redis: RedisClient, keys: Keys, couponId: string): Promise<void> {
  await redis.del(await keysOfCoupon(redis, keys, couponId));
}

/** Bytes of all keys of a coupon. */
export async function memoryOfCoupon(redis: RedisClient, keys: Keys, couponId: string): Promise<number> {
  const names = await keysOfCoupon(redis, keys, couponId);
  const sizes = await Promise.all(names.map((name) => redis.memory("USAGE", name, "SAMPLES", 0)));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
