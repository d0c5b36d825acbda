import { randomUUID } from "node:crypto";
import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { SalesEvent } from "@firstcome/contracts/ranking";
import { openDatabase } from "@firstcome/database";
import { businessDay, silentLogger } from "@firstcome/runtime";
import { startService } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, findFreePort, testDatabase, testRedis } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { checkRanking } from "../src/check-ranking.ts";

const TIME_ZONE = "Asia/Seoul";
/** As many as one order may name, and as the ranking tells of. */
const FULL = 100;

const { url: mysqlUrl } = await testDatabase();
const client = await startShop();
const database = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await database[Symbol.asyncDispose]());

let others: string[];
let ours: string[];
beforeAll(async () => {
  others = await products(FULL);
  ours = await products(3);
});

describe("checkRanking", () => {
  it("holds the run's products against MySQL where more others were sold than the ranking tells of", async () => {
    await buy(others, 5);
    await buy([ours[0] as string], 7);
    // Has no place among the first hundred.
    await buy([ours[1] as string], 1);
    // The ranking is full of other things.
    await eventually(async () => expect((await ranked()).length).toBe(FULL));

    const { matchesMysql, top } = await check(client);

    expect(matchesMysql).toBe(true);
    expect(top[0]).toEqual({ productId: ours[0], sold: 7 });
  });

  it("bears with somebody else who buys one of them meanwhile", async () => {
    const refreshed = client.rankingAdmin.refreshPopularProducts;
    const [bought] = ours as [string];
    let buying: Promise<void> | undefined;
    const meanwhile: FirstcomeClient["rankingAdmin"]["refreshPopularProducts"] = async (...args) => {
      await (buying ??= buy([bought], 2));
      return refreshed(...args);
    };
    const refreshing = { rankingAdmin: { refreshPopularProducts: meanwhile } };

    expect((await check(refreshing)).matchesMysql).toBe(true);
    expect((await ranked()).find(({ productId }) => productId === bought)?.sold).toBe(9n);
  });

  it("finds what the ranking has counted and nobody has paid", async () => {
    const [, , never] = ours as [string, string, string];
    await client.ranking.recordSales({ ...sale(never, 1000), orderId: "900000001" });

    expect((await check(client, 300)).matchesMysql).toBe(false);
    await client.ranking.recordSales({ ...sale(never, 1000), orderId: "900000001", event: SalesEvent.CANCELLED });
    expect((await check(client)).matchesMysql).toBe(true);
  });

  it("finds what was paid and the ranking has not counted", async () => {
    const [, beyond] = ours as [string, string];
    await database.pool.query("UPDATE order_item SET quantity = 6 WHERE product_id = ?", [beyond]);

    expect((await check(client, 300)).matchesMysql).toBe(false);
  });
});

/** An order and a ranking service, and a client of both. */
async function startShop(): Promise<FirstcomeClient> {
  const { url: redisUrl, keyPrefix } = testRedis();
  const [orderPort, rankingPort] = [await findFreePort(), await findFreePort()];
  const [order, ranking] = [`127.0.0.1:${orderPort}`, `127.0.0.1:${rankingPort}`];
  const env = {
    REDIS_URL: redisUrl,
    REDIS_KEY_PREFIX: keyPrefix,
    MYSQL_URL: mysqlUrl,
    BUSINESS_TIME_ZONE: TIME_ZONE,
    COUPON_ADDRESS: "127.0.0.1:1",
    ORDER_ADDRESS: order,
    RANKING_ADDRESS: ranking,
  };
  const processes = await Promise.all([
    startService({ name: "order", env: { ...env, PORT: String(orderPort) } }),
    startService({ name: "ranking", env: { ...env, PORT: String(rankingPort) } }),
  ]);
  const shop = createFirstcomeClient({ order, ranking });
  cleanUpAfterFile(async () => {
    shop.close();
    for (const process of processes) await process.stop();
  });
  return shop;
}

function products(count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const made = { requestId: randomUUID(), name: `product ${i}`, priceKrw: 1_000n, stock: 1_000 };
      return (await client.products.createProduct(made)).product?.id ?? "";
    }),
  );
}

/** Somebody orders so many of each, and pays. */
async function buy(productIds: readonly string[], quantity: number): Promise<void> {
  const userId = "kim";
  const items = productIds.map((productId) => ({ productId, quantity }));
  const { order } = await client.orders.createOrder({ requestId: randomUUID(), userId, items });
  await client.orders.payOrder({ requestId: randomUUID(), userId, orderId: order?.id ?? "" });
}

function sale(productId: string, quantity: number) {
  const day = businessDay(Date.now(), TIME_ZONE);
  return { day, event: SalesEvent.PAID, productIds: [productId], quantities: [quantity] };
}

async function ranked() {
  const { popular } = await client.rankingAdmin.refreshPopularProducts({ top: FULL });
  return popular?.products ?? [];
}

function check(of: Parameters<typeof checkRanking>[0], stallMs = 30_000): ReturnType<typeof checkRanking> {
  return checkRanking(of, { database, productIds: ours, timeZone: TIME_ZONE, stallMs });
}
