import { OrderStatus } from "@firstcome/contracts/order";
import { Code, unavailable } from "@firstcome/rpc";
import { eventually, FakeClock } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { COUPON_CALL_SETTLES_MS } from "../src/domain/coupons.ts";
import { type PayDeps, payOrder } from "../src/domain/pay-order.ts";
import type { LockedOrder } from "../src/domain/locked-order.ts";
import { Counter, newId } from "./support/counter.ts";
import { letPass as letOutboxPass, waiting } from "./support/outbox.ts";
import { startScriptedCoupons } from "./support/scripted-coupons.ts";
import { startShop } from "./support/start-shop.ts";

const clock = new FakeClock();
const coupons = await startScriptedCoupons();
// Most tests here wait it out, once each.
const shop = await startShop({ clock, couponAddress: coupons.address, env: { CALL_TIMEOUT_MS: "5000" } });
const { counter } = shop;

const nothing = async (): Promise<void> => {};
const outOfStock = { code: Code.FAILED_PRECONDITION, reason: "OUT_OF_STOCK" };
const notNow = { code: Code.UNAVAILABLE, reason: "COUPON_SERVICE_UNAVAILABLE" };
let nextCoupon = 1;
let couponId: string;

/** An order with a coupon, for a product of which there is none. */
async function unpayableOrder() {
  const product = await counter.product({ stock: 0 });
  const order = await counter.order({ [product]: 1 }, { couponId });
  return {
    order,
    restock: () => shop.client.products.addStock({ requestId: newId(), productId: product, quantity: 1 }),
  };
}

/** What the orders have noted was so much longer ago: their time is the database's, which no test can set. */
async function letPass(ms: number): Promise<void> {
  await shop.db.pool.query(
    "UPDATE orders SET coupon_returning_since = coupon_returning_since - INTERVAL ? MICROSECOND",
    [ms * 1_000],
  );
}

const restores = (): string[] => coupons.calls.filter((call) => call.startsWith(`restore ${couponId} `));

beforeEach(() => {
  couponId = String(nextCoupon);
  nextCoupon += 1;
  coupons.beforeUse = nothing;
  coupons.beforeRestore = nothing;
  coupons.calls.length = 0;
});

describe("a coupon given back because stock is out", () => {
  it("is given back once, and not at all for an order that was paid meanwhile", async () => {
    const { order, restock } = await unpayableOrder();

    await expect(counter.pay(order)).rejects.toMatchObject(outOfStock);
    await restock();
    await counter.pay(order);

    expect(coupons.calls).toEqual([
      `use ${couponId} on ${order.id}`,
      `restore ${couponId} from ${order.id}`,
      `use ${couponId} on ${order.id}`,
    ]);
    expect(coupons.usedOn.get(couponId)).toBe(order.id);
  });

  it("keeps the order from being paid while it is not known to be back, since it may come back late", async () => {
    const { order, restock } = await unpayableOrder();
    const held = Promise.withResolvers<void>();
    coupons.beforeRestore = () => held.promise;

    // The return takes longer than anybody waits for it …
    await expect(counter.pay(order)).rejects.toMatchObject(outOfStock);
    await restock();
    await expect(counter.pay(order)).rejects.toMatchObject(notNow);
    await letPass(COUPON_CALL_SETTLES_MS / 2);
    await expect(counter.pay(order)).rejects.toMatchObject(notNow);

    // … and takes effect in the end, before the order is paid.
    held.resolve();
    await eventually(() => !coupons.usedOn.has(couponId));
    await letPass(COUPON_CALL_SETTLES_MS / 2);
    expect((await counter.pay(order)).status).toBe(OrderStatus.PAID);
    expect(coupons.usedOn.get(couponId)).toBe(order.id);
  });

  it("is tried again after a return that failed", async () => {
    const { order } = await unpayableOrder();
    coupons.beforeRestore = async () => {
      throw unavailable("DATABASE_UNAVAILABLE", "not now", 5_000);
    };
    await expect(counter.pay(order)).rejects.toMatchObject(outOfStock);
    expect(coupons.usedOn.get(couponId)).toBe(order.id);

    coupons.beforeRestore = nothing;
    await letPass(COUPON_CALL_SETTLES_MS);
    await expect(counter.pay(order)).rejects.toMatchObject(outOfStock);

    expect(coupons.usedOn.has(couponId)).toBe(false);
  });

  it("is not asked for when the order was long in coming: it could come back once the order is payable again", async () => {
    const { order, restock } = await unpayableOrder();
    const { app } = shop.service;
    let locks = 0;
    const slow: PayDeps["orders"] = {
      find: (id) => app.orders.find(id),
      withLock: (id, work) => {
        locks += 1;
        // The payment, the note that the coupon is being returned, and the return itself.
        const lateMs = locks === 3 ? COUPON_CALL_SETTLES_MS - 1 : 0;
        return app.orders.withLock(id, (locked) => work(lockedLater(locked, lateMs)));
      },
    };

    const request = { requestId: newId(), orderId: order.id, userId: order.userId };
    expect(await payOrder({ ...app, orders: slow }, request)).toMatchObject({
      kind: "OUT_OF_STOCK",
      couponKept: { what: "DATABASE" },
    });

    expect(restores()).toEqual([]);
    await restock();
    await letPass(COUPON_CALL_SETTLES_MS);
    expect((await counter.pay(order)).status).toBe(OrderStatus.PAID);
    expect(coupons.usedOn.get(couponId)).toBe(order.id);
  });

  it("keeps the order from being paid at a host whose clock is ahead as well", async () => {
    const { order, restock } = await unpayableOrder();
    const held = Promise.withResolvers<void>();
    coupons.beforeRestore = () => held.promise;
    await expect(counter.pay(order)).rejects.toMatchObject(outOfStock);
    await restock();

    const ahead = await shop.another({ clock: new FakeClock(clock.now() + COUPON_CALL_SETTLES_MS) });
    await expect(new Counter(ahead.client).pay(order)).rejects.toMatchObject(notNow);
    held.resolve();
  });

  it("keeps nobody from cancelling the order", async () => {
    const { order } = await unpayableOrder();
    const held = Promise.withResolvers<void>();
    coupons.beforeRestore = () => held.promise;
    await expect(counter.pay(order)).rejects.toMatchObject(outOfStock);

    expect((await counter.cancel(order)).status).toBe(OrderStatus.CANCELLED);
    held.resolve();

    await eventually(() => !coupons.usedOn.has(couponId));
  });
});

describe("a coupon whose use is not known to have come to anything", () => {
  it("is not given back on a guess, and serves the retry", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 1 }, { couponId });
    const held = Promise.withResolvers<void>();
    coupons.beforeUse = () => held.promise;

    await expect(counter.pay(order)).rejects.toMatchObject(notNow);
    held.resolve();
    await eventually(() => coupons.usedOn.has(couponId));
    coupons.beforeUse = nothing;
    const paid = await counter.pay(order);

    expect(paid).toMatchObject({ status: OrderStatus.PAID, discountKrw: 1_000n });
    expect(restores()).toEqual([]);
  });

  it("is given back for good when the order is cancelled, though the use takes effect after that", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 1 }, { couponId });
    const held = Promise.withResolvers<void>();
    coupons.beforeUse = () => held.promise;
    await expect(counter.pay(order)).rejects.toMatchObject(notNow);

    await counter.cancel(order);
    await eventually(() => restores().length === 1);
    held.resolve();
    await eventually(() => coupons.usedOn.has(couponId));

    // The first return is settled, or it could come twice.
    await eventually(async () => (await waiting(shop.db, order.id)).length === 1);
    await letOutboxPass(shop.db, COUPON_CALL_SETTLES_MS);
    await eventually(() => !coupons.usedOn.has(couponId));
    expect(restores()).toHaveLength(2);
  });
});

/** The lock took so much longer to get. */
function lockedLater(locked: LockedOrder, lateMs: number): LockedOrder {
  return {
    order: locked.order,
    databaseNow: async () => (await locked.databaseNow()) + lateMs,
    claimPayment: (requestId) => locked.claimPayment(requestId),
    write: (order, letters) => locked.write(order, letters),
    takeStock: () => locked.takeStock(),
    giveStockBack: () => locked.giveStockBack(),
  };
}
