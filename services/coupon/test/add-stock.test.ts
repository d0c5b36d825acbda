import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons } = await startTestService();

describe("AddStock", () => {
  it("raises the stock of the gate", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    await coupons.issueCoupon({ couponId, userId: "a" });
    expect(await coupons.issueCoupon({ couponId, userId: "b" })).toMatchObject({ outcome: IssueOutcome.SOLD_OUT });

    const { coupon } = await admin.addStock({ requestId: randomUUID(), couponId, quantity: 2 });

    expect(coupon).toMatchObject({ quantity: 3, version: 2 });
    expect(await coupons.issueCoupon({ couponId, userId: "b" })).toMatchObject({ issueNo: 2 });
    expect(await coupons.issueCoupon({ couponId, userId: "c" })).toMatchObject({ issueNo: 3 });
    expect(await coupons.issueCoupon({ couponId, userId: "d" })).toMatchObject({ outcome: IssueOutcome.SOLD_OUT });
  });

  it("adds once for ten requests with one id, at once and again later", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    const request = { requestId: randomUUID(), couponId, quantity: 5 };

    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.addStock(request)));
    answers.push(await admin.addStock(request));

    expect(new Set(answers.map(({ coupon }) => coupon?.quantity))).toEqual(new Set([6]));
    expect((await admin.getCoupon({ couponId })).coupon).toMatchObject({ quantity: 6, version: 2 });
  });

  it("adds all of ten requests with ids of their own", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });

    await Promise.all(
      Array.from({ length: 10 }, () => admin.addStock({ requestId: randomUUID(), couponId, quantity: 5 })),
    );

    expect((await admin.getCoupon({ couponId })).coupon).toMatchObject({ quantity: 51, version: 11 });
  });

  it("refuses a request id that was used with other content", async () => {
    const couponId = await createCoupon(admin);
    const other = await createCoupon(admin);
    const request = { requestId: randomUUID(), couponId, quantity: 5 };
    await admin.addStock(request);

    for (const changed of [{ quantity: 6 }, { couponId: other }]) {
      await expect(admin.addStock({ ...request, ...changed })).rejects.toMatchObject({
        code: Code.ABORTED,
        reason: "REQUEST_ID_REUSED",
      });
    }
    expect((await admin.getCoupon({ couponId: other })).coupon?.quantity).toBe(10);
  });

  it("refuses a finished coupon, and leaves the request id free", async () => {
    const couponId = await createCoupon(admin);
    const request = { requestId: randomUUID(), quantity: 5 };
    await admin.finishCoupon({ couponId });

    await expect(admin.addStock({ ...request, couponId })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: "COUPON_FINISHED",
    });
    const other = await createCoupon(admin);
    expect((await admin.addStock({ ...request, couponId: other })).coupon?.quantity).toBe(15);
  });

  it("refuses more pieces than a coupon can have", async () => {
    const couponId = await createCoupon(admin, { quantity: 100_000_000 });
    for (let n = 2; n <= 10; n += 1) await admin.addStock({ requestId: randomUUID(), couponId, quantity: 100_000_000 });

    await expect(admin.addStock({ requestId: randomUUID(), couponId, quantity: 1 })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: "QUANTITY_TOO_LARGE",
    });
  });

  it("answers NOT_FOUND for a coupon that does not exist", async () => {
    await expect(admin.addStock({ requestId: randomUUID(), couponId: "999999", quantity: 1 })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
  });
});
