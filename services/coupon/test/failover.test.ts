import { IssueOutcome } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { connectRedis, createKeys, type RedisClient } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import type { LocalServer, RedisShard } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, privateRedisCluster, testDatabase } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { startOn } from "./support/start-service.ts";

const { url: redisUrl, shards } = await privateRedisCluster({ replicas: 1 });
const { url: mysqlUrl } = await testDatabase();
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
const keys = createKeys();

async function ask<T>({ url }: Pick<LocalServer, "url">, question: (redis: RedisClient) => Promise<T>): Promise<T> {
  const redis = await connectRedis({ url, name: "test" });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

async function shardOf(couponId: string): Promise<RedisShard> {
  for (const shard of shards) {
    const holds = await ask(shard.primary, (redis) => redis.exists(keys.coupon(couponId)).catch(() => 0));
    if (holds === 1) return shard;
  }
  throw new Error("no shard holds the coupon");
}

/** From now on it hears nothing of its primary, and may take its place all the same. */
async function cutOff(replica: LocalServer): Promise<void> {
  await ask(replica, async (redis) => {
    await redis.config("SET", "masterauth", "wrong");
    await redis.call("CLIENT", "KILL", "TYPE", "master");
    await eventually(async () => expect(await redis.info("replication")).toContain("master_link_status:down"));
  });
}

describe("a shard whose replica was behind when it took the primary's place, with GATE_WAIT_REPLICAS=0", () => {
  it("gives no number again that callers were told, from the first moment on", async () => {
    const { coupons, admin } = await startOn({ redisUrl, mysqlUrl });
    const couponId = await createCoupon(admin);
    const { primary, replicas } = await shardOf(couponId);
    const [replica] = replicas as [LocalServer];
    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ issueNo: 1 });
    await eventually(() =>
      ask(replica, async (redis) => expect(await redis.info()).toContain("master_link_status:up")),
    );
    await eventually(() =>
      ask(primary, async (redis) => {
        // Since Redis 7.2 WAIT counts from the last write of its own connection.
        await redis.set(keys.fence(keys.partitionOf(couponId)), "1");
        expect(await redis.wait(1, 1_000)).toBe(1);
      }),
    );
    await cutOff(replica);
    for (const userId of ["lee", "park"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["kim", "lee", "park"]);

    await primary.kill();

    const choi = await eventually(() => coupons.issueCoupon({ couponId, userId: "choi" }));
    expect(choi).toMatchObject({ outcome: IssueOutcome.ACCEPTED, issueNo: 4 });
    expect(await coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({ issueNo: 2 });
  });
});
