import { IssueOutcome, UserCouponStatus } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, privateReplicatedRedis, testDatabase } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { startOn } from "./support/start-service.ts";

const { primary, replicas } = await privateReplicatedRedis();
const { url: mysqlUrl } = await testDatabase();
const { coupons, admin } = await startOn({ redisUrl: primary.url, mysqlUrl }, { GATE_WAIT_REPLICAS: "1" });
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());

describe("a winner whom no replica knows", () => {
  it("is told no number by any method, unless it is a row", async () => {
    const couponId = await createCoupon(admin);
    const [kim, lee] = [
      { couponId, userId: "kim" },
      { couponId, userId: "lee" },
    ];
    expect(await coupons.issueCoupon(kim)).toMatchObject({ outcome: IssueOutcome.ACCEPTED });
    expect((await coupons.getUserCoupon(kim)).userCoupon).toMatchObject({ status: UserCouponStatus.ACCEPTED });

    await replicas[0]?.kill();

    const away = { reason: "GATE_UNAVAILABLE" };
    await expect(coupons.issueCoupon(lee)).rejects.toMatchObject(away);
    await expect(coupons.getUserCoupon(lee)).rejects.toMatchObject(away);
    await expect(Array.fromAsync(coupons.watchUserCoupon(lee))).rejects.toMatchObject(away);
    const use = { ...lee, orderId: "1", orderAmountKrw: 10_000n };
    await expect(coupons.useCoupon(use)).rejects.toMatchObject(away);

    await commitRows(db, couponId, ["kim", "lee"]);
    expect((await coupons.getUserCoupon(lee)).userCoupon).toMatchObject({
      status: UserCouponStatus.ISSUED,
      issueNo: 2,
    });
  });
});
