import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CouponStatus } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { couponRequest, fromNow } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, redis, keys } = await startTestService();

describe("CreateCoupon", () => {
  it("makes what was asked for, and puts it into the gate", async () => {
    const opensAt = fromNow(60_000);
    const closesAt = fromNow(120_000);
    const validFor = durationFromMs(86_400_000);
    const kind = { case: "percentOff", value: 30 } as const;
    const discount = { kind, minOrderKrw: 10_000n, maxDiscountKrw: 5_000n };

    const { coupon } = await admin.createCoupon(couponRequest({ quantity: 7, opensAt, closesAt, validFor, discount }));

    expect(coupon).toMatchObject({
      name: "여름 쿠폰",
      quantity: 7,
      status: CouponStatus.SCHEDULED,
      opensAt,
      closesAt,
      validFor,
      discount,
      version: 1,
    });
    const id = coupon?.id ?? "";
    expect((await admin.getCoupon({ couponId: id })).coupon).toEqual(coupon);
    expect(await redis.hmget(keys.coupon(id), "status", "quantity", "next_no")).toEqual(["PUBLISHABLE", "7", "1"]);
  });

  it("opens at once, and for ever, unless told otherwise", async () => {
    const { coupon } = await admin.createCoupon(couponRequest());

    expect(coupon).toMatchObject({ status: CouponStatus.PUBLISHABLE, opensAt: coupon?.createdAt });
    expect(coupon?.closesAt).toBeUndefined();
    expect(coupon?.validFor).toBeUndefined();
  });

  it("makes one coupon of ten requests with one id, at once and again later", async () => {
    const request = couponRequest();
    const before = (await admin.listCoupons({ pageSize: 200 })).coupons.length;

    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.createCoupon(request)));
    answers.push(await admin.createCoupon(request));

    expect(new Set(answers.map(({ coupon }) => coupon?.id)).size).toBe(1);
    expect((await admin.listCoupons({ pageSize: 200 })).coupons).toHaveLength(before + 1);
  });

  it("refuses a request id that was used with other content", async () => {
    const request = couponRequest();
    await admin.createCoupon(request);

    await expect(admin.createCoupon({ ...request, quantity: 11 })).rejects.toMatchObject({
      code: Code.ABORTED,
      reason: "REQUEST_ID_REUSED",
    });
  });

  it("repeats its answer although the window could not be asked for any more", async () => {
    const request = couponRequest({ closesAt: fromNow(150) });
    const { coupon } = await admin.createCoupon(request);
    await expect
      .poll(async () => (await admin.getCoupon({ couponId: coupon?.id ?? "" })).coupon?.status)
      .toBe(CouponStatus.FINISHED);

    expect((await admin.createCoupon(request)).coupon?.id).toBe(coupon?.id);
  });

  it.each([
    { what: "no name", values: { name: "" }, field: "name" },
    { what: "no pieces", values: { quantity: 0 }, field: "quantity" },
    { what: "no discount", values: { discount: undefined }, field: "discount" },
    { what: "a discount of no kind", values: { discount: {} }, field: "discount.kind" },
    { what: "a malformed request id", values: { requestId: "a b" }, field: "request_id" },
    { what: "a window that ends before it begins", values: { closesAt: timestampFromMs(1) }, field: "closes_at" },
    { what: "a window before 1970", values: { opensAt: timestampFromMs(-1) }, field: "opens_at" },
    { what: "a validity of nothing", values: { validFor: durationFromMs(0) }, field: "valid_for" },
    { what: "a validity of centuries", values: { validFor: { seconds: 10n ** 10n } }, field: "valid_for" },
  ])("refuses $what", async ({ values, field }) => {
    await expect(admin.createCoupon(couponRequest(values))).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [expect.objectContaining({ field })],
    });
  });

  it("leaves the request id free when it refuses", async () => {
    const request = couponRequest({ opensAt: fromNow(1_000), closesAt: fromNow(0) });
    await expect(admin.createCoupon(request)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });

    expect((await admin.createCoupon({ ...request, closesAt: fromNow(2_000) })).coupon?.quantity).toBe(10);
  });
});
