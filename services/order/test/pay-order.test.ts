import { setTimeout as pause } from "node:timers/promises";
import { OrderStatus } from "@firstcome/contracts/order";
import { Code, RpcError } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { atOnce } from "./support/at-once.ts";
import { Counter, newId, there } from "./support/counter.ts";
import { inTurns } from "./support/in-turns.ts";
import { connect, startShop } from "./support/start-shop.ts";

const shop = await startShop();
const { counter, ranking } = shop;

describe("PayOrder", () => {
  it("takes the stock and marks the order paid", async () => {
    const [apple, pear] = [await counter.product({ stock: 5 }), await counter.product({ stock: 7 })];
    const order = await counter.order({ [apple]: 2, [pear]: 7 });
    expect([await counter.stock(apple), await counter.stock(pear)]).toEqual([5, 7]);

    const paid = await counter.pay(order);

    expect(paid).toMatchObject({ id: order.id, status: OrderStatus.PAID, totalKrw: 90_000n });
    expect(paid.paidAt).toBeDefined();
    expect(await counter.find(order)).toEqual(paid);
    expect([await counter.stock(apple), await counter.stock(pear)]).toEqual([3, 0]);
  });

  it("takes nothing when one product of several is short, and is payable once there is more", async () => {
    const [plenty, short] = [await counter.product({ stock: 100 }), await counter.product({ stock: 1 })];
    const order = await counter.order({ [plenty]: 3, [short]: 2 });
    const requestId = newId();

    await expect(counter.pay(order, requestId)).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: "OUT_OF_STOCK",
      metadata: { order_id: order.id, product_id: short },
    });
    expect([await counter.stock(plenty), await counter.stock(short)]).toEqual([100, 1]);
    expect((await counter.find(order)).status).toBe(OrderStatus.CREATED);

    await shop.client.products.addStock({ requestId: newId(), productId: short, quantity: 1 });
    await counter.pay(order, requestId);
    expect([await counter.stock(plenty), await counter.stock(short)]).toEqual([97, 0]);
  });

  it("pays once, whatever request id asks again", async () => {
    const product = await counter.product({ stock: 10 });
    const order = await counter.order({ [product]: 1 });
    const requestId = newId();

    const first = await counter.pay(order, requestId);

    expect(await counter.pay(order, requestId)).toEqual(first);
    expect(await counter.pay(order, newId())).toEqual(first);
    expect(await counter.stock(product)).toBe(9);
  });

  it("pays once when ten ask at the same instant over two connections", async () => {
    const product = await counter.product({ stock: 10 });
    const order = await counter.order({ [product]: 1 });
    const requestId = newId();
    const other = new Counter(connect(shop.service.address));

    const answers = await Promise.all(atOnce(10, [counter, other], (one) => one.pay(order, requestId)));

    expect(new Set(answers.map((paid) => JSON.stringify(paid, bigintAsText))).size).toBe(1);
    expect(await counter.stock(product)).toBe(9);
    expect(await ranking.callsOf(order.id, 1)).toHaveLength(1);
  });

  it("refuses a request id that paid another order, and pays nothing then", async () => {
    const product = await counter.product({ stock: 10 });
    const [one, other] = [await counter.order({ [product]: 1 }), await counter.order({ [product]: 1 })];
    const requestId = newId();
    await counter.pay(one, requestId);

    await expect(counter.pay(other, requestId)).rejects.toMatchObject({
      code: Code.ABORTED,
      reason: "REQUEST_ID_REUSED",
    });
    expect((await counter.find(other)).status).toBe(OrderStatus.CREATED);
    expect(await counter.stock(product)).toBe(9);
  });

  it("lets users choose their request ids without regard to others", async () => {
    const product = await counter.product({ stock: 10 });
    const kims = await counter.order({ [product]: 1 }, { requestId: "1" });
    const lees = await counter.order({ [product]: 1 }, { requestId: "1", userId: "lee" });

    await counter.pay(kims, "1");
    await counter.pay(lees, "1");

    expect(lees.id).not.toBe(kims.id);
    expect(await counter.stock(product)).toBe(8);
  });

  it("refuses a cancelled order, and does not know somebody else's", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 1 });

    for (const stranger of [
      { id: order.id, userId: "lee" },
      { id: "9223372036854775807", userId: "kim" },
    ]) {
      await expect(counter.pay(stranger)).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "ORDER_NOT_FOUND" });
    }
    await counter.cancel(order);
    await expect(counter.pay(order)).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: "ORDER_CANCELLED",
    });
  });

  it("sells the last 100 pieces to exactly 100 of 500 at once", async () => {
    const product = await counter.product({ stock: 100 });
    const buyers = Array.from({ length: 500 }, (_, n) => `buyer-${n}`);
    const orders = await inTurns(buyers, (userId) => counter.order({ [product]: 1 }, { userId }));
    const others = [new Counter(connect(shop.service.address)), new Counter((await shop.another()).client)];

    const payers = atOnce(500, [counter, ...others], (one, n) => payPatiently(one, there(orders[n])));
    const answers = await Promise.allSettled(payers);

    const outcomes = answers.map((answer) => (answer.status === "fulfilled" ? "PAID" : answer.reason.reason));
    expect(outcomes.filter((outcome) => outcome === "PAID")).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === "OUT_OF_STOCK")).toHaveLength(400);
    expect(await counter.stock(product)).toBe(0);
    const [[paid]] = await shop.db.pool.query<never[]>(
      "SELECT CAST(SUM(quantity) AS SIGNED) AS pieces FROM order_item JOIN orders ON id = order_id WHERE product_id = ? AND status = 'PAID'",
      [product],
    );
    expect(paid).toEqual({ pieces: "100" });
  });
});

/** As a shop's own front does: whoever is told that the database is not to be had asks again, for the same payment. */
async function payPatiently(till: Counter, order: Parameters<Counter["pay"]>[0]): Promise<unknown> {
  const requestId = newId();
  for (;;) {
    try {
      return await till.pay(order, requestId);
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== Code.UNAVAILABLE) throw error;
      await pause(error.retryAfterMs);
    }
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
