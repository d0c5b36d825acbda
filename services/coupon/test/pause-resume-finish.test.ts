import { CouponStatus, IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { createCoupon, fromNow } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons } = await startTestService();

describe("PauseCoupon and ResumeCoupon", () => {
  it("stop and go on, and change nothing the second time", async () => {
    const couponId = await createCoupon(admin);

    await admin.pauseCoupon({ couponId });
    const paused = await admin.pauseCoupon({ couponId });
    expect(paused.coupon).toMatchObject({ status: CouponStatus.PAUSED, version: 2 });
    expect(await coupons.issueCoupon({ couponId, userId: "a" })).toMatchObject({ outcome: IssueOutcome.PAUSED });

    await admin.resumeCoupon({ couponId });
    const resumed = await admin.resumeCoupon({ couponId });
    expect(resumed.coupon).toMatchObject({ status: CouponStatus.PUBLISHABLE, version: 3 });
    expect(await coupons.issueCoupon({ couponId, userId: "a" })).toMatchObject({ outcome: IssueOutcome.ACCEPTED });
  });

  it("make a scheduled coupon scheduled again", async () => {
    const couponId = await createCoupon(admin, { opensAt: fromNow(60_000) });
    await admin.pauseCoupon({ couponId });

    expect((await admin.resumeCoupon({ couponId })).coupon?.status).toBe(CouponStatus.SCHEDULED);
  });
});

describe("FinishCoupon", () => {
  it("ends a coupon for good, and changes nothing the second time", async () => {
    const couponId = await createCoupon(admin);

    await admin.finishCoupon({ couponId });
    const finished = await admin.finishCoupon({ couponId });

    expect(finished.coupon).toMatchObject({ status: CouponStatus.FINISHED, version: 2 });
    expect(await coupons.issueCoupon({ couponId, userId: "a" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
  });

  it("ends a paused coupon", async () => {
    const couponId = await createCoupon(admin);
    await admin.pauseCoupon({ couponId });

    expect((await admin.finishCoupon({ couponId })).coupon?.status).toBe(CouponStatus.FINISHED);
  });
});

describe("a finished coupon", () => {
  it.each([
    { how: "by an operator", values: {}, finish: true },
    { how: "by the end of its window", values: { opensAt: fromNow(-2), closesAt: fromNow(-1) }, finish: false },
  ])("refuses to be paused or resumed when finished $how", async ({ values, finish }) => {
    const couponId = await createCoupon(admin, values);
    if (finish) await admin.finishCoupon({ couponId });
    const refusal = { code: Code.FAILED_PRECONDITION, reason: "COUPON_FINISHED", metadata: { coupon_id: couponId } };

    await expect(admin.pauseCoupon({ couponId })).rejects.toMatchObject(refusal);
    await expect(admin.resumeCoupon({ couponId })).rejects.toMatchObject(refusal);
  });
});

describe("a coupon that does not exist", () => {
  it.each(["pauseCoupon", "resumeCoupon", "finishCoupon"] as const)("is NOT_FOUND for %s", async (method) => {
    await expect(admin[method]({ couponId: "999999" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
  });
});
