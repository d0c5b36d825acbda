import { OrderStatus } from "@firstcome/contracts/order";
import { Code } from "@firstcome/rpc";
import { FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { atOnce } from "./support/at-once.ts";
import { Counter, newId } from "./support/counter.ts";
import { connect, startShop } from "./support/start-shop.ts";

const clock = new FakeClock(Date.UTC(2026, 10, 21, 3, 4, 5, 678));
const { counter, client, service, db } = await startShop({ clock });

const invalid = { code: Code.INVALID_ARGUMENT };

describe("CreateOrder", () => {
  it("writes down names and prices of this moment, and takes nothing", async () => {
    const apple = await counter.product({ name: "유기농 사과 3kg", priceKrw: 24_900n, stock: 1 });
    const pear = await counter.product({ name: "나주 배 5kg", priceKrw: 39_000n });

    const order = await counter.order({ [pear]: 1, [apple]: 3 });

    expect(order).toMatchObject({
      userId: "kim",
      status: OrderStatus.CREATED,
      items: [
        { productId: apple, productName: "유기농 사과 3kg", priceKrw: 24_900n, quantity: 3 },
        { productId: pear, productName: "나주 배 5kg", priceKrw: 39_000n, quantity: 1 },
      ],
      amountKrw: 113_700n,
      discountKrw: 0n,
      totalKrw: 113_700n,
      couponId: "0",
      createdAt: { seconds: BigInt(Date.UTC(2026, 10, 21, 3, 4, 5) / 1_000), nanos: 678_000_000 },
    });
    expect([order.paidAt, order.cancelledAt]).toEqual([undefined, undefined]);
    expect(await counter.stock(apple)).toBe(1);
  });

  it("keeps its price when the product's changes", async () => {
    const product = await counter.product({ priceKrw: 1_000n });
    const order = await counter.order({ [product]: 1 });
    await db.pool.query("UPDATE product SET price_krw = 2000, name = '새 이름' WHERE id = ?", [product]);

    expect((await counter.pay(order)).items).toEqual(order.items);
  });

  it("answers a retry with the same order, also when ten come at the same instant over two connections", async () => {
    const product = await counter.product();
    const requestId = newId();
    const other = new Counter(connect(service.address));
    const order = (at: Counter) => at.order({ [product]: 1 }, { requestId, userId: "jung" });

    const orders = await Promise.all(atOnce(10, [counter, other], order));
    const later = await order(counter);

    expect(new Set(orders.map(({ id }) => id))).toEqual(new Set([later.id]));
    expect((await client.orders.listOrders({ userId: "jung" })).orders).toEqual([later]);
  });

  it("refuses the same request id with other content", async () => {
    const product = await counter.product();
    const requestId = newId();
    await counter.order({ [product]: 1 }, { requestId });

    await expect(counter.order({ [product]: 2 }, { requestId })).rejects.toMatchObject({
      code: Code.ABORTED,
      reason: "REQUEST_ID_REUSED",
      metadata: { request_id: requestId },
    });
  });

  it("says which product there is not, and leaves the request id free", async () => {
    const product = await counter.product();
    const requestId = newId();
    const unknown = "9223372036854775807";

    await expect(counter.order({ [product]: 1, [unknown]: 1 }, { requestId })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "PRODUCT_NOT_FOUND",
      metadata: { product_id: unknown },
    });
    await counter.order({ [product]: 1 }, { requestId });
  });

  it("refuses what is no order", async () => {
    const product = await counter.product();
    const request = { requestId: newId(), userId: "kim", items: [{ productId: product, quantity: 1 }] };
    const refused = (values: object) =>
      expect(client.orders.createOrder({ ...request, ...values })).rejects.toMatchObject(invalid);

    await refused({ items: [] });
    await refused({ items: [{ productId: product, quantity: 0 }] });
    await refused({ items: [...request.items, ...request.items] });
    await refused({ userId: "김" });
    await refused({ requestId: "" });
  });

  it("refuses more than the coupon service could count with", async () => {
    const dear = await counter.product({ priceKrw: 1_000_000_000n });

    expect((await counter.order({ [dear]: 1_000 })).amountKrw).toBe(1_000_000_000_000n);
    await expect(counter.order({ [dear]: 1_001 })).rejects.toMatchObject({
      ...invalid,
      violations: [{ field: "items" }],
    });
  });
});
