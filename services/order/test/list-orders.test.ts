import { OrderStatus } from "@firstcome/contracts/order";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { startShop } from "./support/start-shop.ts";

const { counter, client } = await startShop();

describe("GetOrder", () => {
  it("gives the order as it stands", async () => {
    const product = await counter.product();
    const order = await counter.order({ [product]: 1 });

    expect(await counter.find(order)).toEqual(order);
    await counter.pay(order);
    expect((await counter.find(order)).status).toBe(OrderStatus.PAID);
  });

  it("does not know somebody else's", async () => {
    const product = await counter.product();
    const { id } = await counter.order({ [product]: 1 });

    for (const unknown of [
      { id, userId: "lee" },
      { id, userId: "KIM" },
      { id: "9223372036854775807", userId: "kim" },
    ]) {
      await expect(counter.find(unknown)).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "ORDER_NOT_FOUND" });
    }
  });
});

describe("ListOrders", () => {
  it("pages one user's orders, newest first", async () => {
    const product = await counter.product();
    const userId = "park";
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push(await counter.order({ [product]: 1 }, { userId }));
    await counter.order({ [product]: 1 }, { userId: "choi" });

    const pages = [];
    let pageToken = "";
    do {
      const page = await client.orders.listOrders({ userId, pageSize: 2, pageToken });
      pages.push(page.orders);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");

    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(made.toReversed());
    expect((await client.orders.listOrders({ userId })).orders).toHaveLength(5);
    expect((await client.orders.listOrders({ userId: "nobody" })).orders).toEqual([]);
  });

  it("refuses a token of another making", async () => {
    await expect(client.orders.listOrders({ userId: "kim", pageToken: "bogus" })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "page_token" }],
    });
  });
});
