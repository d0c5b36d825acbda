import { OrderStatus } from "@firstcome/contracts/order";
import { Code } from "@firstcome/rpc";
import { eventually, testDatabase } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { amountOff, percentOff, startCouponStand } from "./support/coupon-stand.ts";
import { newId } from "./support/counter.ts";
import { startShop } from "./support/start-shop.ts";

const { url: mysqlUrl } = await testDatabase();
const stand = await startCouponStand(mysqlUrl);
const shop = await startShop({ mysqlUrl, couponAddress: stand.address });
const { counter, db } = shop;

const refusal = (reason: string): object => ({ code: Code.FAILED_PRECONDITION, reason });

/** Moves the acceptance of a coupon back, so that it has expired. */
async function expire(couponId: string): Promise<void> {
  await db.pool.query("UPDATE user_coupon SET accepted_at = accepted_at - INTERVAL 2 DAY WHERE coupon_id = ?", [
    couponId,
  ]);
}

const A_DAY_MS = 86_400_000;

describe("an order's price", () => {
  it.each([
    ["an amount", amountOff(3_000n), 3_000n],
    ["an amount larger than the order", amountOff(1_000_000n), 19_999n],
    ["a percentage, rounded down to 1 KRW", percentOff(33), 6_599n],
    ["a percentage up to its bound", percentOff(50, 5_000n), 5_000n],
    ["all of it", percentOff(100), 19_999n],
  ])("is less %s, in CreateOrder and in PayOrder alike", async (_what, discount, discountKrw) => {
    const product = await counter.product({ priceKrw: 19_999n });
    const couponId = await stand.give(db, discount);
    const price = { amountKrw: 19_999n, discountKrw, totalKrw: 19_999n - discountKrw, couponId };

    const order = await counter.order({ [product]: 1 }, { couponId });
    expect(order).toMatchObject(price);
    expect(await stand.state(couponId)).toBe("ISSUED");

    expect(await counter.pay(order)).toMatchObject({ ...price, status: OrderStatus.PAID });
    expect(await stand.state(couponId)).toBe(`USED on ${order.id}`);
  });

  it("takes a coupon whose row is still on its way, which can be used once it is there", async () => {
    const product = await counter.product();
    const couponId = await stand.announce(amountOff(1_000n));
    const { issueNo } = await stand.win(couponId);
    const order = await counter.order({ [product]: 1 }, { couponId });

    await expect(counter.pay(order)).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      reason: "COUPON_SERVICE_UNAVAILABLE",
      retryAfterMs: expect.any(Number),
    });
    await db.pool.query(
      "INSERT INTO user_coupon (coupon_id, user_id, issue_no, accepted_at) VALUES (?, 'kim', ?, NOW(3))",
      [couponId, issueNo],
    );

    expect(await counter.pay(order)).toMatchObject({ discountKrw: 1_000n });
  });
});

describe("CreateOrder", () => {
  it("refuses coupons that cannot be used", async () => {
    const product = await counter.product({ priceKrw: 10_000n });
    const order = (couponId: string) => counter.order({ [product]: 1 }, { couponId });
    const used = await stand.give(db, amountOff(1n));
    await counter.pay(await order(used));
    const expired = await stand.give(db, amountOff(1n), { validForMs: A_DAY_MS });
    await expire(expired);
    const revoked = await stand.give(db, amountOff(1n));
    await stand.revoke(revoked);
    const costly = await stand.give(db, { ...amountOff(1n), minOrderKrw: 10_001n });
    const lees = await stand.give(db, amountOff(1n), { userId: "lee" });

    await expect(order(used)).rejects.toMatchObject(refusal("USER_COUPON_USED"));
    await expect(order(expired)).rejects.toMatchObject(refusal("USER_COUPON_EXPIRED"));
    await expect(order(revoked)).rejects.toMatchObject(refusal("USER_COUPON_REVOKED"));
    await expect(order(costly)).rejects.toMatchObject(refusal("ORDER_BELOW_MINIMUM"));
    for (const notKims of [lees, "9223372036854775807"]) {
      await expect(order(notKims)).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "USER_COUPON_NOT_FOUND" });
    }
  });

  it("answers a retry with the order made, though its coupon is used by then", async () => {
    const product = await counter.product();
    const couponId = await stand.give(db, amountOff(1n));
    const requestId = newId();
    const order = await counter.order({ [product]: 1 }, { couponId, requestId });
    const paid = await counter.pay(order);

    expect(await counter.order({ [product]: 1 }, { couponId, requestId })).toEqual(paid);
  });
});

describe("PayOrder", () => {
  it("refuses a coupon that cannot be used any more, and takes nothing", async () => {
    const product = await counter.product({ stock: 10 });
    const order = (couponId: string) => counter.order({ [product]: 1 }, { couponId });
    const twice = await stand.give(db, amountOff(1n));
    const [one, other] = [await order(twice), await order(twice)];
    const expired = await stand.give(db, amountOff(1n), { validForMs: A_DAY_MS });
    const late = await order(expired);
    await expire(expired);
    const revoked = await stand.give(db, amountOff(1n));
    const robbed = await order(revoked);
    await stand.revoke(revoked);

    await counter.pay(one);
    await expect(counter.pay(other)).rejects.toMatchObject(refusal("USER_COUPON_USED"));
    await expect(counter.pay(late)).rejects.toMatchObject(refusal("USER_COUPON_EXPIRED"));
    await expect(counter.pay(robbed)).rejects.toMatchObject(refusal("USER_COUPON_REVOKED"));

    expect(await counter.stock(product)).toBe(9);
    for (const unpaid of [other, late, robbed]) expect((await counter.find(unpaid)).status).toBe(OrderStatus.CREATED);
  });

  it("gives the coupon back when the stock is out, and uses it again once there is more", async () => {
    const product = await counter.product({ stock: 0 });
    const couponId = await stand.give(db, amountOff(1n));
    const order = await counter.order({ [product]: 1 }, { couponId });

    await expect(counter.pay(order)).rejects.toMatchObject(refusal("OUT_OF_STOCK"));
    expect(await stand.state(couponId)).toBe("ISSUED");

    await shop.client.products.addStock({ requestId: newId(), productId: product, quantity: 1 });
    await counter.pay(order);
    expect(await stand.state(couponId)).toBe(`USED on ${order.id}`);
  });

  it("frees the coupon for another order when the stock is out", async () => {
    const [out, plenty] = [await counter.product({ stock: 0 }), await counter.product()];
    const couponId = await stand.give(db, amountOff(1n));
    const unlucky = await counter.order({ [out]: 1 }, { couponId });
    const lucky = await counter.order({ [plenty]: 1 }, { couponId });

    await expect(counter.pay(unlucky)).rejects.toMatchObject(refusal("OUT_OF_STOCK"));
    await counter.pay(lucky);

    expect(await stand.state(couponId)).toBe(`USED on ${lucky.id}`);
  });

  it("never takes the coupon from a paid order, however many pay it while stock comes and goes", async () => {
    const product = await counter.product({ stock: 0 });
    for (let round = 0; round < 5; round += 1) {
      const couponId = await stand.give(db, amountOff(1n));
      const order = await counter.order({ [product]: 1 }, { couponId });
      const restock = (): Promise<unknown> =>
        shop.client.products.addStock({ requestId: newId(), productId: product, quantity: 1 });

      const pays = Array.from({ length: 4 }, () => counter.pay(order));
      const answers = await Promise.allSettled([...pays, restock(), ...pays.map(() => counter.pay(order))]);

      const reasons = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason.reason] : []));
      for (const reason of reasons) expect(["OUT_OF_STOCK", "COUPON_SERVICE_UNAVAILABLE"]).toContain(reason);
      await eventually(() => counter.pay(order));
      expect(await stand.state(couponId)).toBe(`USED on ${order.id}`);
      expect(await counter.stock(product)).toBe(0);
    }
  });
});

describe("CancelOrder", () => {
  it("gives the coupon of a paid order back", async () => {
    const product = await counter.product({ stock: 1 });
    const couponId = await stand.give(db, amountOff(1n));
    const order = await counter.order({ [product]: 1 }, { couponId });
    await counter.pay(order);

    await counter.cancel(order);

    await eventually(async () => expect(await stand.state(couponId)).toBe("ISSUED"));
    const next = await counter.order({ [product]: 1 }, { couponId });
    await counter.pay(next);
    expect(await stand.state(couponId)).toBe(`USED on ${next.id}`);
  });
});
