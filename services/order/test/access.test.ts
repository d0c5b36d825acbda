import { createFirstcomeClient } from "@firstcome/client";
import { Code, mintToken, type RoleName } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { Counter, newId } from "./support/counter.ts";
import { startShop } from "./support/start-shop.ts";

const SECRET = "a secret that is long enough for HS256";
const { service } = await startShop({ env: { AUTH_JWT_SECRET: SECRET } });

async function clientOf(role: RoleName, subject: string) {
  const token = await mintToken({ secret: SECRET, role, subject });
  return createFirstcomeClient({ order: service.address, token, retry: false });
}

describe("access", () => {
  it("lets users act for themselves only", async () => {
    using admin = await clientOf("admin", "operator");
    using kim = await clientOf("user", "kim");
    using lee = await clientOf("user", "lee");
    const product = await new Counter(admin).product();
    const order = await new Counter(kim).order({ [product]: 1 });
    const request = { orderId: order.id, userId: "kim" };
    const notYours = { code: Code.PERMISSION_DENIED, reason: "NOT_YOUR_USER" };

    await expect(new Counter(lee).order({ [product]: 1 }, { userId: "kim" })).rejects.toMatchObject(notYours);
    await expect(lee.orders.payOrder({ ...request, requestId: newId() })).rejects.toMatchObject(notYours);
    await expect(lee.orders.cancelOrder(request)).rejects.toMatchObject(notYours);
    await expect(lee.orders.getOrder(request)).rejects.toMatchObject(notYours);
    await expect(lee.orders.listOrders({ userId: "kim" })).rejects.toMatchObject(notYours);
    await new Counter(kim).pay(order);
  });

  it("lets services act for anybody, and keeps products and sales from users", async () => {
    using shop = await clientOf("service", "checkout");
    using admin = await clientOf("admin", "operator");
    using kim = await clientOf("user", "kim");
    const product = await new Counter(admin).product();
    const notAllowed = { code: Code.PERMISSION_DENIED, reason: "ROLE_NOT_ALLOWED" };

    await new Counter(shop).order({ [product]: 1 }, { userId: "kim" });
    await shop.orders.listSales({ day: "20261121" });
    await expect(kim.orders.listSales({ day: "20261121" })).rejects.toMatchObject(notAllowed);
    await expect(new Counter(kim).product()).rejects.toMatchObject(notAllowed);
  });
});
