import { OrderStatus } from "@firstcome/contracts/order";
import { readDatabaseClock } from "@firstcome/database";
import { createLogger } from "@firstcome/runtime";
import { eventually, FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { COUPON_CALL_SETTLES_MS } from "../src/domain/coupons.ts";
import { type ExpireDeps, expireOrders } from "../src/jobs/expire-orders.ts";
import { lastDue } from "./support/outbox.ts";
import { startScriptedCoupons } from "./support/scripted-coupons.ts";
import { startShop } from "./support/start-shop.ts";

const TTL_MS = 60_000;

const clock = new FakeClock();
const coupons = await startScriptedCoupons();
const env = { ORDER_PAYMENT_TTL_MS: String(TTL_MS), CALL_TIMEOUT_MS: "3000" };
const shop = await startShop({ clock, couponAddress: coupons.address, env });
const { counter, service } = shop;

describe("expireOrders", () => {
  it("cancels what nobody has paid in time, and nothing else", async () => {
    const product = await counter.product({ stock: 10 });
    const [paid, cancelled, old] = [
      await counter.order({ [product]: 1 }),
      await counter.order({ [product]: 1 }),
      await counter.order({ [product]: 1 }),
    ];
    await counter.pay(paid);
    const before = await counter.cancel(cancelled);
    clock.advance(1);
    const young = await counter.order({ [product]: 1 });
    clock.advance(TTL_MS);

    expect(await expireOrders(service.app)).toEqual([old.id]);

    expect((await counter.find(old)).status).toBe(OrderStatus.CANCELLED);
    expect((await counter.find(paid)).status).toBe(OrderStatus.PAID);
    expect(await counter.find(cancelled)).toEqual(before);
    expect((await counter.find(young)).status).toBe(OrderStatus.CREATED);
    expect(await counter.stock(product)).toBe(9);
    await expect(counter.pay(old)).rejects.toMatchObject({ reason: "ORDER_CANCELLED" });
  });

  it("expires each order once when two processes do it at once", async () => {
    const product = await counter.product();
    const other = (await shop.another()).service;
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push((await counter.order({ [product]: 1 })).id);
    clock.advance(TTL_MS + 1);

    const expired = await Promise.all([service, other].map(({ app }) => expireOrders(app)));

    expect(expired.flat().filter((id) => ids.includes(id))).toHaveLength(20);
  });

  it("settles a payment that was broken off: its coupon is given back", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 1 }, { couponId: "7" });
    const held = Promise.withResolvers<void>();
    coupons.beforeUse = () => held.promise;
    await expect(counter.pay(order)).rejects.toMatchObject({ reason: "COUPON_SERVICE_UNAVAILABLE" });
    held.resolve();
    await eventually(() => coupons.usedOn.get("7") === order.id);

    clock.advance(TTL_MS + 1);
    expect(await expireOrders(service.app)).toContain(order.id);

    await eventually(() => !coupons.usedOn.has("7"));
  });

  it("counts the time to the coupon's second return from the cancellation, however long the order was in coming", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 1 }, { couponId: "8" });
    clock.advance(TTL_MS + 1);
    const { orders } = service.app;
    let cameAt = Number.POSITIVE_INFINITY;
    const slow: ExpireDeps["orders"] = {
      unpaid: (createdBefore) => orders.unpaid(createdBefore),
      withLock: async (id, work) => {
        cameAt = await readDatabaseClock(shop.db.em());
        return orders.withLock(id, work);
      },
    };

    expect(await expireOrders({ ...service.app, orders: slow })).toContain(order.id);

    expect(await lastDue(shop.db, order.id)).toBeGreaterThanOrEqual(cameAt + COUPON_CALL_SETTLES_MS);
  });

  it("tells how many, and names the first ten", async () => {
    const product = await counter.product();
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) ids.push((await counter.order({ [product]: 1 })).id);
    clock.advance(TTL_MS + 1);
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line: string) => void lines.push(line) } });

    await expireOrders({ ...service.app, log });
    await expireOrders({ ...service.app, log });

    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ orders: 12, firstIds: ids.slice(0, 10), msg: "unpaid orders are cancelled" }),
    ]);
  });

  it("goes on after an order that fails", async () => {
    const product = await counter.product();
    const [bad, good] = [await counter.order({ [product]: 1 }), await counter.order({ [product]: 1 })];
    clock.advance(TTL_MS + 1);
    const { orders } = service.app;
    const failing: ExpireDeps["orders"] = {
      unpaid: (createdBefore) => orders.unpaid(createdBefore),
      withLock: (id, work) => (id === bad.id ? Promise.reject(new Error("no")) : orders.withLock(id, work)),
    };

    const expired = await expireOrders({ ...service.app, orders: failing });

    expect(expired).toContain(good.id);
    expect(expired).not.toContain(bad.id);
  });
});
