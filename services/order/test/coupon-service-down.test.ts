import { type Order, OrderStatus } from "@firstcome/contracts/order";
import { Code } from "@firstcome/rpc";
import { eventually, testDatabase } from "@firstcome/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { amountOff, startCouponStand } from "./support/coupon-stand.ts";
import { startShop } from "./support/start-shop.ts";

const { url: mysqlUrl } = await testDatabase();
const stand = await startCouponStand(mysqlUrl);
const shop = await startShop({ mysqlUrl, couponAddress: stand.address, env: { CALL_TIMEOUT_MS: "3000" } });
const { counter, db } = shop;

const unavailable = { code: Code.UNAVAILABLE, reason: "COUPON_SERVICE_UNAVAILABLE", retryAfterMs: expect.any(Number) };

/** An order with a coupon, once the order service has found the coupon service again. */
const orderWith = (couponId: string, product: string): Promise<Order> =>
  eventually(() => counter.order({ [product]: 1 }, { couponId }));

// Whatever a test did to it, the next finds the coupon service well.
afterEach(async () => {
  await stand.restart();
});

describe("without the coupon service", () => {
  it("an order with a coupon cannot be paid for now; it stays payable and the coupon usable", async () => {
    const product = await counter.product({ stock: 10 });
    const couponId = await stand.give(db, amountOff(1n));
    const order = await orderWith(couponId, product);

    await stand.kill();
    await expect(counter.pay(order)).rejects.toMatchObject(unavailable);
    expect((await counter.find(order)).status).toBe(OrderStatus.CREATED);
    expect(await counter.stock(product)).toBe(10);

    await stand.restart();
    expect(await stand.state(couponId)).toBe("ISSUED");
    const paid = await eventually(() => counter.pay(order));
    expect(paid.status).toBe(OrderStatus.PAID);
    expect(await stand.state(couponId)).toBe(`USED on ${order.id}`);
  });

  it("no order with a coupon can be created, and every one without can be created and paid", async () => {
    const product = await counter.product({ stock: 10 });
    const couponId = await stand.give(db, amountOff(1n));
    await stand.kill();

    await expect(counter.order({ [product]: 1 }, { couponId })).rejects.toMatchObject(unavailable);
    expect((await counter.pay(await counter.order({ [product]: 1 }))).status).toBe(OrderStatus.PAID);
  });

  it("a paid order can be cancelled; its coupon comes back later", async () => {
    const product = await counter.product({ stock: 10 });
    const couponId = await stand.give(db, amountOff(1n));
    const order = await orderWith(couponId, product);
    await counter.pay(order);

    await stand.kill();
    expect((await counter.cancel(order)).status).toBe(OrderStatus.CANCELLED);
    expect(await counter.stock(product)).toBe(10);

    await stand.restart();
    await eventually(async () => expect(await stand.state(couponId)).toBe("ISSUED"));
  });

  it("which hangs, payments with a coupon give up and do not hold up the others", async () => {
    const product = await counter.product({ stock: 100 });
    const couponId = await stand.give(db, amountOff(1n));
    const withCoupon = await Promise.all(Array.from({ length: 20 }, () => orderWith(couponId, product)));
    const without = await counter.order({ [product]: 1 });

    stand.freeze();
    const stuck = Promise.allSettled(withCoupon.map((order) => counter.pay(order)));
    expect((await counter.pay(without)).status).toBe(OrderStatus.PAID);
    const reasons = (await stuck).map((answer) => (answer.status === "rejected" ? answer.reason.reason : "PAID"));
    stand.thaw();

    expect(new Set(reasons)).toEqual(new Set(["COUPON_SERVICE_UNAVAILABLE", "PAYMENTS_WAITING"]));
  });
});
