import { durationFromMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { UserCouponStatus } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db } = await startTestService();

describe("GetUserCoupon", () => {
  it("is ACCEPTED until the row is committed, then ISSUED", async () => {
    const couponId = await createCoupon(admin, {
      validFor: durationFromMs(60_000),
      discount: { kind: { case: "percentOff", value: 15 }, minOrderKrw: 5_000n, maxDiscountKrw: 3_000n },
    });
    const { acceptedAt, issueNo } = await coupons.issueCoupon({ couponId, userId: "kim" });
    const at = acceptedAt ? timestampMs(acceptedAt) : 0;
    const known = {
      couponId,
      userId: "kim",
      issueNo,
      acceptedAt,
      validUntil: timestampFromMs(at + 60_000),
      discount: { kind: { case: "percentOff", value: 15 }, minOrderKrw: 5_000n, maxDiscountKrw: 3_000n },
    };

    const before = await coupons.getUserCoupon({ couponId, userId: "kim" });
    await commitRows(db, couponId, ["kim"], { acceptedAt: at });
    const after = await coupons.getUserCoupon({ couponId, userId: "kim" });

    expect(before.userCoupon).toMatchObject({ ...known, status: UserCouponStatus.ACCEPTED, orderId: "0" });
    expect(before.userCoupon?.issuedAt).toBeUndefined();
    expect(after.userCoupon).toMatchObject({ ...known, status: UserCouponStatus.ISSUED });
    expect(after.userCoupon?.issuedAt).toBeDefined();
  });

  it("is EXPIRED when the validity is over", async () => {
    const couponId = await createCoupon(admin, { validFor: durationFromMs(1) });
    await coupons.issueCoupon({ couponId, userId: "kim" });
    await commitRows(db, couponId, ["kim"], { acceptedAt: Date.now() - 1_000 });

    const { userCoupon } = await coupons.getUserCoupon({ couponId, userId: "kim" });

    expect(userCoupon?.status).toBe(UserCouponStatus.EXPIRED);
  });

  it("answers NOT_FOUND for who has not won, and for a coupon that does not exist", async () => {
    const couponId = await createCoupon(admin);

    await expect(coupons.getUserCoupon({ couponId, userId: "kim" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "USER_COUPON_NOT_FOUND",
      metadata: { coupon_id: couponId, user_id: "kim" },
    });
    await expect(coupons.getUserCoupon({ couponId: "999999", userId: "kim" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
  });
});

describe("ListUserCoupons", () => {
  it("pages through one user's committed coupons, newest first", async () => {
    const at = Date.now() - 10_000;
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const couponId = await createCoupon(admin, n === 0 ? { validFor: durationFromMs(1) } : {});
      // Two in one instant, told apart by their coupons.
      await commitRows(db, couponId, ["somebody", "lee"], { acceptedAt: at + Math.floor(n / 2) });
      ids.unshift(couponId);
    }
    const pages: string[][] = [];
    const statuses: number[] = [];
    let pageToken = "";
    do {
      const page = await coupons.listUserCoupons({ userId: "lee", pageSize: 2, pageToken });
      pages.push(page.userCoupons.map(({ couponId }) => couponId));
      statuses.push(...page.userCoupons.map(({ status }) => status));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");

    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(statuses).toEqual([...Array.from({ length: 4 }, () => UserCouponStatus.ISSUED), UserCouponStatus.EXPIRED]);
  });

  it("is empty for who has none", async () => {
    expect(await coupons.listUserCoupons({ userId: "nobody" })).toMatchObject({ userCoupons: [], nextPageToken: "" });
  });

  it("refuses a token that names no time", async () => {
    const pageToken = Buffer.from('[1,"9999999999999999999","1"]').toString("base64url");
    await expect(coupons.listUserCoupons({ userId: "lee", pageToken })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "page_token" }],
    });
  });

  it("refuses a token from another list", async () => {
    for (let n = 0; n < 2; n += 1) await createCoupon(admin);
    const { nextPageToken } = await admin.listCoupons({ pageSize: 1 });

    await expect(coupons.listUserCoupons({ userId: "lee", pageToken: nextPageToken })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "page_token" }],
    });
  });
});
