import { randomBytes } from "node:crypto";
import { connectRedis, CouponState, createKeys } from "@firstcome/redis";
import type { Keys } from "@firstcome/redis";
import { Redis } from "ioredis";
import { openInGate } from "../open-in-gate.ts";

/** A connection to Redis and keys of its own. Disposing removes the keys. */
export interface MicroRedis extends AsyncDisposable {
  readonly keyPrefix: string;
  readonly redis: Redis;
  readonly keys: Keys;
  /** Opens one new coupon in each of so many partitions, all with enough pieces for everybody. */
  openCoupons(count: number, quantity: number): Promise<string[]>;
  /** How many users have won, over all these coupons. */
  accepted(couponIds: readonly string[]): Promise<number>;
  /** User and system time of the server's threads until now, in µs; what it forks (to rewrite its log) is not in it. */
  cpuUs(): Promise<number>;
}

export async function openMicroRedis(url: string): Promise<MicroRedis> {
  const redis = await connectRedis({ url, name: "bench-micro" });
  if (!(redis instanceof Redis)) throw new TypeError("microbenchmarks measure one Redis server, not a cluster");
  const keyPrefix = `micro${randomBytes(4).toString("hex")}:`;
  const keys = createKeys({ prefix: keyPrefix });
  const state = new CouponState({ redis, keys });
  let lastId = 0;
  return {
    keyPrefix,
    redis,
    keys,
    async openCoupons(count, quantity) {
      const ids: string[] = [];
      for (let partition = 0; partition < count; partition++) {
        do lastId += 1;
        while (keys.partitionOf(String(lastId)) !== partition);
        ids.push(String(lastId));
        await openInGate(state, { couponId: String(lastId), quantity });
      }
      return ids;
    },
    async accepted(couponIds) {
      const coupons = await Promise.all(couponIds.map((couponId) => state.read(couponId)));
      return coupons.reduce((sum, coupon) => sum + (coupon?.accepted ?? 0), 0);
    },
    cpuUs: async () => cpuUsIn(await redis.info("cpu")),
    async [Symbol.asyncDispose]() {
      try {
        await removeKeys(redis, keyPrefix);
      } finally {
        redis.disconnect();
      }
    },
  };
}

/** Removes every key with the prefix, at once rather than in the background: the next measurement must not meet it. */
export async function removeKeys(redis: Redis, prefix: string): Promise<void> {
  for await (const names of redis.scanStream({ match: `${prefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
    if (names.length > 0) await redis.del(...names);
  }
}

/** "used_cpu_user:1.234567" and "used_cpu_sys:…", in seconds. */
function cpuUsIn(info: string): number {
  let seconds = 0;
  for (const [, value] of info.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)) seconds += Number(value);
  return seconds * 1e6;
}
