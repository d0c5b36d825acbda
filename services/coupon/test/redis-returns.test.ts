import { CouponStatus, IssueOutcome } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { connectRedis, createKeys } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, eventually, privateServers, testDatabase } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { startOn } from "./support/start-service.ts";

const { redis: server } = await privateServers("redis");
const { url: mysqlUrl } = await testDatabase();
const { coupons, admin } = await startOn({ redisUrl: server.url, mysqlUrl });
const keys = createKeys();
const redis = await connectRedis({ url: server.url, name: "test" });
cleanUpAfterFile(async () => redis.disconnect());
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());

/** Puts a coupon back to how it stood, as a Redis does that is restored from a backup, and breaks all connections. */
async function restore(couponId: string, older: Record<string, string>): Promise<void> {
  await redis
    .multi()
    .del(keys.coupon(couponId), `${keys.winners(couponId)}0`)
    .hset(keys.coupon(couponId), older)
    .exec();
  await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
}

describe("a Redis that comes back with older data", () => {
  it("is told at once of winners and of coupons that are finished since", async () => {
    const [sold, over] = [await createCoupon(admin), await createCoupon(admin)];
    for (const couponId of [sold, over]) await coupons.issueCoupon({ couponId, userId: "kim" });
    const [soldBefore, overBefore] = [await redis.hgetall(keys.coupon(sold)), await redis.hgetall(keys.coupon(over))];
    for (const userId of ["lee", "park"]) await coupons.issueCoupon({ couponId: sold, userId });
    await commitRows(db, sold, ["kim", "lee", "park"]);
    await commitRows(db, over, ["kim"]);
    await admin.finishCoupon({ couponId: over });

    await restore(over, overBefore);
    await restore(sold, soldBefore);

    await eventually(async () => expect((await admin.getCoupon({ couponId: sold })).accepted).toBe(3));
    const again = await coupons.issueCoupon({ couponId: sold, userId: "park" });
    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo: 3 });
    expect(await coupons.issueCoupon({ couponId: sold, userId: "choi" })).toMatchObject({ issueNo: 4 });
    await eventually(async () => expect(await redis.hget(keys.coupon(over), "status")).toBe("FINISHED"));
    expect((await admin.getCoupon({ couponId: over })).coupon?.status).toBe(CouponStatus.FINISHED);
  });
});
