import { CouponStatus } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon, fromNow } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db } = await startTestService();

describe("ListCoupons", () => {
  it("pages through all, newest first", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(await createCoupon(admin));

    const pages: string[][] = [];
    let pageToken = "";
    do {
      const page = await admin.listCoupons({ pageSize: 2, pageToken });
      pages.push(page.coupons.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");

    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  it.each(["nonsense", Buffer.from('[1,"x"]').toString("base64url"), Buffer.from('[2,"1"]').toString("base64url")])(
    "refuses the page token %s",
    async (pageToken) => {
      await expect(admin.listCoupons({ pageToken })).rejects.toMatchObject({
        code: Code.INVALID_ARGUMENT,
        violations: [{ field: "page_token" }],
      });
    },
  );
});

describe("GetCoupon", () => {
  it("tells how many are accepted and how many are written", async () => {
    const couponId = await createCoupon(admin);
    for (const userId of ["a", "b", "c"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["a", "b"]);

    expect(await admin.getCoupon({ couponId })).toMatchObject({ accepted: 3, issued: 2, coupon: { id: couponId } });
  });

  it.each([
    { window: "not open yet", values: { opensAt: fromNow(60_000) }, status: CouponStatus.SCHEDULED },
    { window: "open", values: {}, status: CouponStatus.PUBLISHABLE },
    { window: "over", values: { opensAt: fromNow(-2), closesAt: fromNow(-1) }, status: CouponStatus.FINISHED },
  ])("tells the status of a coupon whose window is $window", async ({ values, status }) => {
    const couponId = await createCoupon(admin, values);

    expect((await admin.getCoupon({ couponId })).coupon?.status).toBe(status);
  });

  it("answers NOT_FOUND for a coupon that does not exist", async () => {
    await expect(admin.getCoupon({ couponId: "999999" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
  });
});
