import { CouponState, type Keys, type RedisClient } from "@firstcome/redis";
import { eventually } from "@firstcome/testkit";

/** Another process that has begun to load a coupon, and goes on when it is released. */
export async function loadElsewhere(
  { redis, keys }: { redis: RedisClient; keys: Keys },
  couponId: string,
): Promise<{ release: () => void; loaded: Promise<unknown> }> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const terms = { couponId, status: "PUBLISHABLE", quantity: 10, opensAt: 0, closesAt: undefined, version: 1 } as const;
  const loaded = new CouponState({ redis, keys }).load(couponId, {
    terms: () => Promise.resolve(terms),
    async *winners() {
      await released;
      yield [];
    },
  });
  await eventually(async () => (await redis.hexists(keys.coupon(couponId), "loader")) === 1);
  return { release, loaded };
}
