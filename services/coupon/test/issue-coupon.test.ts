import { IssueOutcome } from "@firstcome/contracts/coupon";
import { CouponRepository } from "@firstcome/database";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { createCoupon, fromNow } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { coupons, admin, db } = await startTestService();

describe("IssueCoupon", () => {
  it("gives the first comer number 1, and the same number again", async () => {
    const couponId = await createCoupon(admin);

    const first = await coupons.issueCoupon({ couponId, userId: "kim" });
    const second = await coupons.issueCoupon({ couponId, userId: "lee" });
    const again = await coupons.issueCoupon({ couponId, userId: "kim" });

    expect(first).toMatchObject({ outcome: IssueOutcome.ACCEPTED, issueNo: 1 });
    expect(second).toMatchObject({ outcome: IssueOutcome.ACCEPTED, issueNo: 2 });
    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo: 1, acceptedAt: first.acceptedAt });
  });

  it("says when a coupon opens that is not open yet", async () => {
    const opensAt = fromNow(3_600_000);
    const couponId = await createCoupon(admin, { opensAt });

    const answer = await coupons.issueCoupon({ couponId, userId: "kim" });

    expect(answer).toMatchObject({ outcome: IssueOutcome.NOT_OPEN, issueNo: 0, opensAt });
  });

  it("answers FINISHED when the window is over", async () => {
    const couponId = await createCoupon(admin, { opensAt: fromNow(-7_200_000), closesAt: fromNow(-3_600_000) });

    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
  });

  it("answers PAUSED while paused, FINISHED once finished, and winners keep their number throughout", async () => {
    const couponId = await createCoupon(admin);
    const { issueNo } = await coupons.issueCoupon({ couponId, userId: "winner" });

    await admin.pauseCoupon({ couponId });
    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.PAUSED });
    await admin.finishCoupon({ couponId });
    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
    const again = await coupons.issueCoupon({ couponId, userId: "winner" });

    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo });
  });

  it("answers SOLD_OUT when nothing is left", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    await coupons.issueCoupon({ couponId, userId: "kim" });

    expect(await coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({ outcome: IssueOutcome.SOLD_OUT });
  });

  it("answers NOT_FOUND for a coupon that does not exist", async () => {
    const couponId = "9223372036854775807";

    await expect(coupons.issueCoupon({ couponId, userId: "kim" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
      metadata: { coupon_id: couponId },
    });
  });

  it.each([
    { what: "an empty user id", request: { couponId: "1", userId: "" }, field: "user_id" },
    { what: "a user id with a space", request: { couponId: "1", userId: "a b" }, field: "user_id" },
    { what: "a user id of 65 characters", request: { couponId: "1", userId: "x".repeat(65) }, field: "user_id" },
    { what: "no coupon id", request: { userId: "kim" }, field: "coupon_id" },
    { what: "a negative coupon id", request: { couponId: "-1", userId: "kim" }, field: "coupon_id" },
  ])("answers INVALID_ARGUMENT for $what", async ({ request, field }) => {
    await expect(coupons.issueCoupon(request)).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      reason: "INVALID_ARGUMENT",
      violations: [{ field }],
    });
  });

  it("finds a coupon that was asked for before it was made", async () => {
    const next = String(BigInt(await new CouponRepository(db.em()).highestId()) + 1n);
    await expect(coupons.issueCoupon({ couponId: next, userId: "early" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
    });
    const couponId = await createCoupon(admin);
    expect(couponId).toBe(next);

    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.ACCEPTED });
  });
});
