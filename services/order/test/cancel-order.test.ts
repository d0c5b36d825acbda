import { OrderStatus } from "@firstcome/contracts/order";
import { readDatabaseClock } from "@firstcome/database";
import { Code } from "@firstcome/rpc";
import { eventually, FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { cancelOrder } from "../src/domain/cancel-order.ts";
import { COUPON_CALL_SETTLES_MS } from "../src/domain/coupons.ts";
import type { OrderLock } from "../src/domain/locked-order.ts";
import { atOnce } from "./support/at-once.ts";
import { Counter } from "./support/counter.ts";
import { lastDue, letPass, waiting, waitingAtAll } from "./support/outbox.ts";
import { startScriptedCoupons } from "./support/scripted-coupons.ts";
import { connect, startShop } from "./support/start-shop.ts";

const clock = new FakeClock(Date.UTC(2026, 10, 21, 3)); // noon in Seoul
const coupons = await startScriptedCoupons();
const shop = await startShop({ clock, couponAddress: coupons.address, env: { CALL_TIMEOUT_MS: "3000" } });
const { counter, db, ranking } = shop;

describe("CancelOrder", () => {
  it("ends an order that nobody has paid; nobody hears of it", async () => {
    const product = await counter.product({ stock: 5 });
    const order = await counter.order({ [product]: 2 });

    const cancelled = await counter.cancel(order);

    expect(cancelled.status).toBe(OrderStatus.CANCELLED);
    expect(cancelled.cancelledAt).toBeDefined();
    expect(cancelled.paidAt).toBeUndefined();
    expect(await counter.find(order)).toEqual(cancelled);
    expect(await counter.stock(product)).toBe(5);
    expect(await waiting(db, order.id)).toEqual([]);
  });

  it("gives back stock and coupon of a paid order and takes its sale back, on the day on which it was paid", async () => {
    const [apple, pear] = [await counter.product({ stock: 5 }), await counter.product({ stock: 5 })];
    const order = await counter.order({ [apple]: 2, [pear]: 1 }, { couponId: "501" });
    const paid = await counter.pay(order);
    expect(coupons.usedOn.get("501")).toBe(order.id);
    clock.advance(86_400_000);

    const cancelled = await counter.cancel(order);

    expect(cancelled).toMatchObject({ status: OrderStatus.CANCELLED, paidAt: paid.paidAt });
    expect([await counter.stock(apple), await counter.stock(pear)]).toEqual([5, 5]);
    expect(await ranking.callsOf(order.id, 2)).toEqual([
      `${order.id} PAID 20261121 ${apple}×2 ${pear}×1`,
      `${order.id} CANCELLED 20261121 ${apple}×2 ${pear}×1`,
    ]);
    await eventually(() => !coupons.usedOn.has("501"));
  });

  it("gives back once when ten ask at the same instant over two connections", async () => {
    const product = await counter.product({ stock: 5 });
    const order = await counter.order({ [product]: 3 }, { couponId: "502" });
    await counter.pay(order);
    // Nobody delivers, so that all that was written is still there.
    coupons.beforeRestore = () => Promise.withResolvers<void>().promise;
    await ranking.callsOf(order.id, 1);
    await eventually(async () => (await waiting(db, order.id)).length === 0);
    ranking.onRecord = () => Promise.withResolvers<void>().promise;
    const other = new Counter(connect(shop.service.address));

    const answers = await Promise.all(atOnce(10, [counter, other], (one) => one.cancel(order)));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([OrderStatus.CANCELLED]));
    expect(await counter.stock(product)).toBe(5);
    // The coupon's return is told twice, the second time when no slower call can overtake it (see messages.ts).
    expect((await waiting(db, order.id)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "COUPON_RETURN",
      "COUPON_RETURN",
      "SALES CANCELLED",
    ]);
    ranking.onRecord = async () => {};
    coupons.beforeRestore = async () => {};
    await eventually(async () => {
      await letPass(db, COUPON_CALL_SETTLES_MS);
      return (await waitingAtAll(db)) === 0;
    });
    expect(coupons.usedOn.has("502")).toBe(false);
  });

  it("and a payment at the same instant leave the order cancelled and nothing taken", async () => {
    const product = await counter.product({ stock: 5 });
    for (let round = 0; round < 5; round += 1) {
      const order = await counter.order({ [product]: 1 }, { couponId: `60${round}` });

      const [pay, cancel] = await Promise.allSettled([counter.pay(order), counter.cancel(order)]);

      expect(cancel).toMatchObject({ status: "fulfilled" });
      if (pay.status === "rejected") expect(pay.reason).toMatchObject({ reason: "ORDER_CANCELLED" });
      expect((await counter.find(order)).status).toBe(OrderStatus.CANCELLED);
      await eventually(() => !coupons.usedOn.has(`60${round}`));
    }
    expect(await counter.stock(product)).toBe(5);
  });

  it("happens after the payment that it had to wait for, and counts the time to the second return from then", async () => {
    const product = await counter.product({ stock: 5 });
    const order = await counter.order({ [product]: 1 }, { couponId: "503" });
    const { orders } = shop.service.app;
    let paidBy = Number.POSITIVE_INFINITY;
    const late: OrderLock = {
      withLock: async (id, work) => {
        clock.advance(20_000);
        await counter.pay(order);
        paidBy = await readDatabaseClock(db.em());
        return orders.withLock(id, work);
      },
    };

    await cancelOrder(late, { orderId: order.id, userId: order.userId }, () => clock.now());

    const { paidAt, cancelledAt } = await counter.find(order);
    expect(cancelledAt).toEqual(paidAt);
    expect(await lastDue(db, order.id)).toBeGreaterThanOrEqual(paidBy + COUPON_CALL_SETTLES_MS);
  });

  it("does not know somebody else's order", async () => {
    const product = await counter.product();
    const { id } = await counter.order({ [product]: 1 });

    await expect(counter.cancel({ id, userId: "lee" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "ORDER_NOT_FOUND",
    });
    await expect(counter.cancel({ id: "9223372036854775807", userId: "kim" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
    });
  });
});
