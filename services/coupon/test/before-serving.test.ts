import { IssueOutcome } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { connectRedis, createKeys } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, eventually, testDatabase, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { deleteFromHandoff } from "./support/hand-off.ts";
import { startOn } from "./support/start-service.ts";

const { url: redisUrl, keyPrefix } = testRedis();
const { url: mysqlUrl } = await testDatabase();
const servers = { redisUrl, mysqlUrl, keyPrefix };
const redis = await connectRedis({ url: redisUrl, name: "test" });
cleanUpAfterFile(async () => redis.disconnect());
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
const keys = createKeys({ prefix: keyPrefix });

/** Coupons with kim and lee, both written, which are in Redis as of kim. Nobody was there when that happened. */
async function olderCoupons(count: number): Promise<string[]> {
  const before = await startOn(servers);
  const ids = await Promise.all(Array.from({ length: count }, () => createCoupon(before.admin)));
  const older = new Map<string, Record<string, string>>();
  for (const couponId of ids) {
    await before.coupons.issueCoupon({ couponId, userId: "kim" });
    older.set(couponId, await redis.hgetall(keys.coupon(couponId)));
    await before.coupons.issueCoupon({ couponId, userId: "lee" });
    await commitRows(db, couponId, ["kim", "lee"]);
    await deleteFromHandoff({ redis, keys }, couponId);
  }
  await before.service[Symbol.asyncDispose]();
  for (const [couponId, hash] of older) {
    await forgetCoupon(redis, keys, couponId);
    await redis.hset(keys.coupon(couponId), hash);
  }
  return ids;
}

describe("a service that starts on a Redis with older data", () => {
  it("gives no number again that is a row", async () => {
    const [couponId = ""] = await olderCoupons(1);

    const { coupons } = await startOn(servers);

    expect(await coupons.issueCoupon({ couponId, userId: "park" })).toMatchObject({ issueNo: 3 });
    const again = await coupons.issueCoupon({ couponId, userId: "lee" });
    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo: 2 });
  });

  it("has closed all gates that are behind before it loads the first", async () => {
    const ids = await olderCoupons(3);

    await startOn(servers, { GATE_SETTLE_MS: "300000" });

    for (const couponId of ids) expect(await redis.hexists(keys.coupon(couponId), "status")).toBe(0);
  });

  it("repeats a look that did not reach all gates", async () => {
    const [couponId = ""] = await olderCoupons(1);
    const key = keys.coupon(couponId);
    const older = await redis.hgetall(key);
    await redis.multi().del(key).set(key, "of another type").exec();
    await startOn(servers);

    await redis.multi().del(key).hset(key, older).exec();

    await eventually(async () => expect(await redis.hget(key, "next_no")).toBe("3"));
  });

  it("accepts nobody for a coupon that is finished since", async () => {
    const before = await startOn(servers);
    const couponId = await createCoupon(before.admin);
    await before.coupons.issueCoupon({ couponId, userId: "kim" });
    const older = await redis.hgetall(keys.coupon(couponId));
    await before.admin.finishCoupon({ couponId });
    await before.service[Symbol.asyncDispose]();
    await redis.hset(keys.coupon(couponId), older);

    const { coupons } = await startOn(servers);

    expect(await coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
  });
});
