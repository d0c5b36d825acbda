import { IssueOutcome, UserCouponStatus } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { silentLogger } from "@firstcome/runtime";
import type { ReplicatedRedis } from "@firstcome/stack";
import { cleanUpAfterFile, privateReplicatedRedis, testDatabase } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { type StartedService, startOn } from "./support/start-service.ts";

const { url: mysqlUrl } = await testDatabase();
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());

async function startOnReplicated(): Promise<StartedService & Pick<ReplicatedRedis, "replicas">> {
  const { primary, replicas } = await privateReplicatedRedis();
  const started = await startOn({ redisUrl: primary.url, mysqlUrl }, { GATE_WAIT_REPLICAS: "1" });
  return { ...started, replicas };
}

describe("a winner whom no replica knows", () => {
  it("is told no number by any method, unless it is a row", async () => {
    const { coupons, admin, replicas } = await startOnReplicated();
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

describe("a change of a coupon that no replica knows", () => {
  it("is not answered as made, however often it is asked for, and holds all the same where it is known", async () => {
    const { coupons, admin, replicas } = await startOnReplicated();
    const couponId = await createCoupon(admin);
    await replicas[0]?.kill();
    const away = { reason: "GATE_UNAVAILABLE" };

    await expect(admin.finishCoupon({ couponId })).rejects.toMatchObject(away);
    await expect(admin.finishCoupon({ couponId })).rejects.toMatchObject(away);

    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
  });
});
