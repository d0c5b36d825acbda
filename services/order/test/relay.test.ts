import { OrderStatus } from "@firstcome/contracts/order";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { measureOutbox } from "../src/jobs/measure-outbox.ts";
import { Counter } from "./support/counter.ts";
import { waiting, waitingAtAll } from "./support/outbox.ts";
import { startScriptedCoupons } from "./support/scripted-coupons.ts";
import { inTurns } from "./support/in-turns.ts";
import { startShop } from "./support/start-shop.ts";

const coupons = await startScriptedCoupons();
// Claims outlive any test: what two relays do at once, they do not do because one is taken for dead.
const shop = await startShop({ couponAddress: coupons.address, env: { OUTBOX_CLAIM_MS: "600000" } });
const { counter, db, ranking, service } = shop;

/** A message that somebody's mistake has put into the outbox; its order id. */
async function slipIn(payload: string, orderId: string): Promise<string> {
  await db.pool.query(
    "INSERT INTO outbox (kind, order_id, payload, due_at, next_attempt_at) VALUES ('SALES', ?, ?, NOW(3), NOW(3))",
    [orderId, payload],
  );
  return orderId;
}

async function failure(orderId: string): Promise<{ attempts: number; last_error: string }> {
  return eventually(async () => {
    const [row] = await db
      .em()
      .execute<{ attempts: number; last_error: string }[]>(
        "SELECT attempts, last_error FROM outbox WHERE order_id = ? AND last_error IS NOT NULL",
        [orderId],
      );
    return row ?? false;
  });
}

describe("the relay", () => {
  it("tells the ranking of a payment at once, and forgets it then", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 2 });
    await counter.pay(order);

    expect(await ranking.callsOf(order.id, 1)).toEqual([expect.stringContaining(`${order.id} PAID `)]);
    await eventually(async () => (await waiting(db, order.id)).length === 0);
  });

  it("delivers each message once while two relays work at once", async () => {
    const other = new Counter((await shop.another()).client);
    const product = await counter.product({ stock: 1_000 });
    const orders = await inTurns(Array.from({ length: 150 }), () => counter.order({ [product]: 1 }));

    await inTurns(orders, (order, n) => (n % 2 === 0 ? counter : other).pay(order));

    await eventually(async () => (await waitingAtAll(db)) === 0);
    const counted = orders.map(({ id }) => ranking.calls.filter((call) => call.startsWith(`${id} `)).length);
    expect(new Set(counted)).toEqual(new Set([1]));
  });

  it("keeps what it cannot deliver until the ranking is back; payments and coupons do not wait for it", async () => {
    const product = await counter.product();
    await ranking.stop();

    const orders = [];
    for (let n = 0; n < 5; n += 1) orders.push(await counter.order({ [product]: 1 }, { couponId: String(700 + n) }));
    for (const order of orders) expect((await counter.pay(order)).status).toBe(OrderStatus.PAID);
    const [first] = orders;
    if (!first) throw new Error("no order");
    await counter.cancel(first);
    await eventually(() => !coupons.usedOn.has("700"));
    for (const order of orders) expect(await waiting(db, order.id)).toContain("SALES PAID");

    await ranking.start();
    for (const order of orders.slice(1)) expect(await ranking.callsOf(order.id, 1)).toHaveLength(1);
    const ofFirst = await ranking.callsOf(first.id, 2);
    expect(new Set(ofFirst.map((call) => call.split(" ")[1]))).toEqual(new Set(["PAID", "CANCELLED"]));
  });

  it("does not let a message that is refused hold up the others", async () => {
    const product = await counter.product();
    const empty = await slipIn('{"event":"PAID","day":"20261121","items":[]}', "9000001");
    const unreadable = await slipIn("{", "9000002");
    const order = await counter.order({ [product]: 1 });
    await counter.pay(order);

    expect(await ranking.callsOf(order.id, 1)).toHaveLength(1);
    expect(await failure(empty)).toMatchObject({
      attempts: 1,
      last_error: expect.stringContaining("INVALID_ARGUMENT"),
    });
    expect(await failure(unreadable)).toMatchObject({ attempts: 1, last_error: expect.stringContaining("JSON") });
    await db.pool.query("DELETE FROM outbox WHERE order_id IN (?, ?)", [empty, unreadable]);
  });

  it("is measured: what is due and for how long, not what is due later", async () => {
    for (const hours of [-3, -1, 1]) {
      await db.pool.query(
        `INSERT INTO outbox (kind, order_id, payload, due_at, next_attempt_at)
         VALUES ('SALES', '9000003', '{}', UTC_TIMESTAMP(3) + INTERVAL ? HOUR, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)`,
        [hours],
      );
    }
    const measured = new Map<string, [number, number]>();

    const onBacklog = (kind: string, messages: number, lagMs: number): unknown =>
      measured.set(kind, [messages, Math.trunc(lagMs / 3_600_000)]);
    await measureOutbox({ outbox: service.app.outbox, onBacklog });

    expect(measured).toEqual(
      new Map([
        ["SALES", [2, 3]],
        ["COUPON_RETURN", [0, 0]],
      ]),
    );
    await db.pool.query("DELETE FROM outbox WHERE order_id = '9000003'");
  });
});
