import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { SalesEvent } from "@firstcome/contracts/ranking";
import { Code, createTokenSource } from "@firstcome/rpc";
import { cleanUpAfterFile } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { ScriptedOrderService } from "./support/order-service.ts";
import { startTestService } from "./support/start-service.ts";

const secret = "a secret of at least thirty-two characters";
const order = new ScriptedOrderService();
await order.start({ kind: "secret", secret });
cleanUpAfterFile(() => order.stop());
const { service } = await startTestService({ order, env: { AUTH_JWT_SECRET: secret } });

function clientAs(role: "user" | "service" | "admin", subject: string): FirstcomeClient {
  const token = createTokenSource({ kind: "secret", secret }, { role, subject });
  const client = createFirstcomeClient({ ranking: service.address, token, retry: false });
  cleanUpAfterFile(async () => client.close());
  return client;
}

const kim = clientAs("user", "kim");
const shop = clientAs("service", "order");
const operator = clientAs("admin", "operator");
const day = "20300102";
const sales = { orderId: "1", day, event: SalesEvent.PAID, productIds: ["1"], quantities: [1] };
const denied = { code: Code.PERMISSION_DENIED };

describe("access", () => {
  it("lets services record sales, and nobody else", async () => {
    expect(await shop.ranking.recordSales(sales)).toMatchObject({ counted: true });
    for (const { ranking } of [kim, operator]) await expect(ranking.recordSales(sales)).rejects.toMatchObject(denied);
  });

  it("keeps what operators do to operators, and shows itself to the order service", async () => {
    order.products.set("1", "아메리카노");
    order.pay(day, { orderId: "1", items: { 1: 1 } });
    expect(await operator.rankingAdmin.rebuildDailyRanking({ day })).toMatchObject({ orders: 1 });
    expect((await operator.rankingAdmin.refreshPopularProducts({})).popular?.products).toHaveLength(1);
    await expect(kim.rankingAdmin.refreshPopularProducts({})).rejects.toMatchObject(denied);
    for (const { rankingAdmin } of [kim, shop]) {
      await expect(rankingAdmin.rebuildDailyRanking({ day })).rejects.toMatchObject(denied);
    }
  });

  it("shows everybody what is popular", async () => {
    for (const { ranking } of [kim, shop, operator]) {
      expect((await ranking.getPopularProducts({})).popular?.products).toHaveLength(1);
    }
  });
});
