import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { UserCouponStatus } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, type CreateCouponRequest, createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db } = await startTestService();
const userId = "kim";
const amount = 20_000n;

/** A coupon that kim has won and whose row is committed. */
async function issuedCoupon(values: CreateCouponRequest = {}, acceptedAt = Date.now()): Promise<string> {
  const couponId = await createCoupon(admin, values);
  await coupons.issueCoupon({ couponId, userId });
  await commitRows(db, couponId, [userId], { acceptedAt });
  return couponId;
}

/** How many statements wait for the lock of a user's coupon. */
async function waitingForRows(): Promise<number> {
  const [row] = await db
    .em()
    .execute<{ n: string }[]>(
      "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE '%user_coupon% for update' AND db = DATABASE()",
    );
  return Number(row?.n);
}

describe("UseCoupon", () => {
  it("marks the coupon used on the order, once, and says what it takes off", async () => {
    const couponId = await issuedCoupon();
    const request = { couponId, userId, orderId: "7", orderAmountKrw: amount };

    const first = await coupons.useCoupon(request);
    const again = await coupons.useCoupon(request);

    expect(first).toMatchObject({ discountKrw: 1_000n, userCoupon: { status: UserCouponStatus.USED, orderId: "7" } });
    expect(again).toEqual(first);
    expect((await coupons.getUserCoupon({ couponId, userId })).userCoupon).toEqual(first.userCoupon);
  });

  it("lets one of ten orders use it", async () => {
    const couponId = await issuedCoupon();

    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        coupons.useCoupon({ couponId, userId, orderId: String(n + 1), orderAmountKrw: amount }),
      ),
    );

    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("refuses another order, an order too small, an expired and a revoked coupon", async () => {
    const use = (couponId: string, orderId = "7"): Promise<unknown> =>
      coupons.useCoupon({ couponId, userId, orderId, orderAmountKrw: amount });
    const refusal = (reason: string): object => ({ code: Code.FAILED_PRECONDITION, reason });
    const used = await issuedCoupon();
    await use(used);
    const costly = await issuedCoupon({
      discount: { kind: { case: "amountOffKrw", value: 1n }, minOrderKrw: amount + 1n },
    });
    const expired = await issuedCoupon({ validFor: durationFromMs(1_000) }, Date.now() - 1_000);
    const revoked = await issuedCoupon();
    await admin.revokeUserCoupon({ couponId: revoked, userId, reason: "test" });

    await expect(use(used, "8")).rejects.toMatchObject(refusal("USER_COUPON_USED"));
    await expect(use(costly)).rejects.toMatchObject(refusal("ORDER_BELOW_MINIMUM"));
    await expect(use(expired)).rejects.toMatchObject(refusal("USER_COUPON_EXPIRED"));
    await expect(use(revoked)).rejects.toMatchObject(refusal("USER_COUPON_REVOKED"));
  });

  it("changes nothing for a caller that gave up while the row was locked", async () => {
    const couponId = await issuedCoupon();
    const holder = await db.pool.getConnection();
    await holder.query("START TRANSACTION");
    await holder.query("SELECT status FROM user_coupon WHERE coupon_id = ? AND user_id = ? FOR UPDATE", [
      couponId,
      userId,
    ]);
    const caller = new AbortController();
    const use = (orderId: string, signal?: AbortSignal): Promise<unknown> =>
      coupons.useCoupon({ couponId, userId, orderId, orderAmountKrw: amount }, { signal });

    const givenUp = use("7", caller.signal);
    await eventually(async () => (await waitingForRows()) === 1);
    caller.abort();
    await expect(givenUp).rejects.toMatchObject({ code: Code.CANCELLED });
    const next = use("8");
    await eventually(async () => (await waitingForRows()) === 2);
    await holder.query("ROLLBACK");
    holder.release();

    expect(await next).toMatchObject({ userCoupon: { status: UserCouponStatus.USED, orderId: "8" } });
  });

  it("tells a coupon on its way from one that was never won", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId });
    const request = { couponId, userId, orderId: "7", orderAmountKrw: amount };

    await expect(coupons.useCoupon(request)).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      reason: "USER_COUPON_NOT_ISSUED_YET",
      retryAfterMs: expect.any(Number),
    });
    for (const never of [{ userId: "lee" }, { couponId: "999999" }]) {
      await expect(coupons.useCoupon({ ...request, ...never })).rejects.toMatchObject({
        code: Code.NOT_FOUND,
        reason: "USER_COUPON_NOT_FOUND",
      });
    }
  });
});

describe("RestoreCoupon", () => {
  it("takes back a use by the same order, once", async () => {
    const couponId = await issuedCoupon();
    await coupons.useCoupon({ couponId, userId, orderId: "7", orderAmountKrw: amount });

    const other = await coupons.restoreCoupon({ couponId, userId, orderId: "8" });
    const restored = await coupons.restoreCoupon({ couponId, userId, orderId: "7" });
    const again = await coupons.restoreCoupon({ couponId, userId, orderId: "7" });

    expect(other.userCoupon).toMatchObject({ status: UserCouponStatus.USED, orderId: "7" });
    expect(restored.userCoupon).toMatchObject({ status: UserCouponStatus.ISSUED, orderId: "0" });
    expect(restored.userCoupon?.usedAt).toBeUndefined();
    expect(again).toEqual(restored);
    await coupons.useCoupon({ couponId, userId, orderId: "8", orderAmountKrw: amount });
  });

  it("leaves a coupon as it is that is still on its way", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId });

    const { userCoupon } = await coupons.restoreCoupon({ couponId, userId, orderId: "7" });

    expect(userCoupon?.status).toBe(UserCouponStatus.ACCEPTED);
  });
});

describe("RevokeUserCoupon", () => {
  it("takes the coupon back for good; its number is not issued again", async () => {
    const couponId = await issuedCoupon();
    const request = { couponId, userId, reason: "부정 사용" };

    const revoked = await admin.revokeUserCoupon(request);
    const again = await admin.revokeUserCoupon(request);

    expect(revoked.userCoupon).toMatchObject({ status: UserCouponStatus.REVOKED, issueNo: 1 });
    expect(again).toEqual(revoked);
    expect(await coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({ issueNo: 2 });
    expect(await coupons.issueCoupon({ couponId, userId })).toMatchObject({ issueNo: 1 });
  });

  it("refuses one that is used, one on its way, and one that was never won", async () => {
    const used = await issuedCoupon();
    await coupons.useCoupon({ couponId: used, userId, orderId: "7", orderAmountKrw: amount });
    const fresh = await createCoupon(admin);
    await coupons.issueCoupon({ couponId: fresh, userId });
    const revoke = (couponId: string, of = userId): Promise<unknown> =>
      admin.revokeUserCoupon({ couponId, userId: of, reason: "test" });

    await expect(revoke(used)).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION, reason: "USER_COUPON_USED" });
    await expect(revoke(fresh)).rejects.toMatchObject({ code: Code.UNAVAILABLE, reason: "USER_COUPON_NOT_ISSUED_YET" });
    await expect(revoke(fresh, "lee")).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "USER_COUPON_NOT_FOUND" });
  });
});
