import { randomUUID } from "node:crypto";
import { testRedis } from "@firstcome/testkit";
import { connectRedis, CouponState, createKeys, Gate } from "../src/index.ts";
import type { CouponTerms, Keys, LoadSource, RedisClient, Winner } from "../src/index.ts";

export interface RedisSetUp {
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly gate: Gate;
  readonly state: CouponState;
  close(): Promise<void>;
}

/** A connection and keys of the test file's own. */
export async function setUpRedis(): Promise<RedisSetUp> {
  const { url, keyPrefix } = testRedis();
  const redis = await connectRedis({ url, name: "test" });
  const keys = createKeys({ prefix: keyPrefix });
  const gate = new Gate({ redis, keys });
  return {
    redis,
    keys,
    gate,
    state: new CouponState({ redis, keys }),
    close: async () => {
      await gate.close();
      redis.disconnect();
    },
  };
}

/** An open coupon with an id that no other test has. */
export function openTerms(change: Partial<CouponTerms> = {}): CouponTerms {
  return {
    couponId: String(BigInt(`0x${randomUUID().slice(0, 8)}`) + 1n),
    status: "PUBLISHABLE",
    quantity: 10,
    opensAt: Date.now() - 60_000,
    closesAt: undefined,
    version: 1,
    ...change,
  };
}

/** A database that holds one coupon and these rows. */
export function sourceOf(terms: CouponTerms, rows: readonly Winner[] = []): LoadSource {
  return {
    terms: (couponId) => Promise.resolve(couponId === terms.couponId ? terms : undefined),
    winners: async function* () {
      for (let i = 0; i < rows.length; i += 1_000) yield rows.slice(i, i + 1_000);
    },
  };
}

/** The entries of a coupon's partition that belong to it, oldest first. */
export async function handedOff(
  { redis, keys }: RedisSetUp,
  couponId: string,
): Promise<{ firstNo: number; userIds: string[] }[]> {
  const entries = await redis.xrange(keys.handoff(keys.partitionOf(couponId)), "-", "+");
  return entries
    .map(([, fields]) => Object.fromEntries(fields.map((field, i) => [field, fields[i + 1] ?? ""])))
    .filter((entry) => entry["c"] === couponId)
    .map((entry) => ({ firstNo: Number(entry["n"]), userIds: (entry["u"] ?? "").split(" ") }));
}

/** What no server here calls its reign. */
export const OTHER_REIGN = "0123456789abcdef0123456789abcdef01234567";
