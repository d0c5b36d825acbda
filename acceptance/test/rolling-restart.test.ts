import { randomUUID } from "node:crypto";
import { setTimeout as last } from "node:timers/promises";
import type { FirstcomeClient } from "@firstcome/client";
import type { Told } from "@firstcome/promise-check";
import { RpcError } from "@firstcome/rpc";
import { eventually, testDatabase, testRedis } from "@firstcome/testkit";
import type { RowDataPacket } from "mysql2/promise";
import { beforeAll, describe, expect, it } from "vitest";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop, type Shop } from "./harness/shop.ts";
import { type ShopOfTwo, startShopOfTwo } from "./harness/shop-of-two.ts";

const STOCK = 1_000_000;
const BUYERS = 400;
/** Callers who are there again after this long on average: a rush, and not all that two busy cores can do. */
const PAUSE_MS = 20;

let shop: Shop;
let services: ShopOfTwo;
let client: FirstcomeClient;
beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  services = await startShopOfTwo(shop);
  client = connect(services.addresses);
});

describe("ten services that start together on an empty schema", () => {
  it("migrate it once between them", async () => {
    const [rows] = await shop.database.pool.query<RowDataPacket[]>("SELECT name FROM migration ORDER BY name");
    expect(rows.length).toBeGreaterThan(0);
    expect(services.migrated).toEqual([rows.map((row) => String(row["name"]))]);
  });
});

describe("a rolling restart of every service under a rush with orders", () => {
  it("is seen by no caller whose client retries as gRPC does, and loses nothing", async () => {
    const productId = await createProduct();
    const buyersCoupon = await openCoupon(client, BUYERS);
    const bought = await crowd([client], buyersCoupon, users(BUYERS, "buyer"));
    await expectPromisesKept(shop, { couponId: buyersCoupon, quantity: BUYERS, told: bought.told, rows: BUYERS });

    const couponId = await openCoupon(client, STOCK);
    const load = new Load();
    const told: Told[] = [];
    const callers = [
      ...Array.from({ length: 20 }, (_, nth) =>
        load.caller(async (turn) => {
          const userId = `caller-${nth}-${turn}`;
          // Half of them call by call, half gathered on a stream.
          const { issueNo } = await (nth % 2 === 0
            ? client.coupons.issueCoupon({ couponId, userId })
            : client.issue(couponId, userId).then((answer) => ("issueNo" in answer ? answer : { issueNo: 0 })));
          told.push({ userId, issueNo });
        }),
      ),
      ...Array.from({ length: 8 }, (_, nth) =>
        load.caller(async (turn) => {
          const buyer = turn * 8 + nth;
          const couponOfBuyer = buyer < BUYERS ? { couponId: buyersCoupon } : {};
          await buy({ ...couponOfBuyer, userId: `buyer-${buyer + 1}` }, productId);
        }),
      ),
      load.caller(async () => void (await client.ranking.getPopularProducts({}))),
    ];
    await eventually(() => load.done > 200);
    for (const which of [0, 1] as const) {
      await services.restart(which);
      const doneBefore = load.done;
      await eventually(() => load.done > doneBefore + 200);
    }
    load.over = true;
    await Promise.all(callers);

    expect(load.errors).toEqual([]);
    const [[{ paid, pieces }]] = (await shop.database.pool.query(
      `SELECT COUNT(*) AS paid, CAST(SUM(quantity) AS CHAR) AS pieces FROM orders JOIN order_item ON order_id = orders.id
       WHERE status = 'PAID'`,
    )) as unknown as [[{ paid: string; pieces: string }]];
    expect(Number(paid)).toBeGreaterThan(0);
    await expectPromisesKept(shop, { couponId, quantity: STOCK, told, rows: told.length });
    await eventually(async () => {
      const { popular } = await client.rankingAdmin.refreshPopularProducts({ top: 100, days: 3 });
      expect(popular?.products.map(({ sold }) => String(sold))).toEqual([pieces]);
    });
  });
});

/** Callers who go on until it is over, and every error that one of them got to see. */
class Load {
  readonly errors: string[] = [];
  done = 0;
  over = false;

  async caller(call: (turn: number) => Promise<void>): Promise<void> {
    for (let turn = 0; !this.over; turn += 1) {
      try {
        await call(turn);
        this.done += 1;
      } catch (error) {
        this.errors.push(error instanceof RpcError ? `${error.code} ${error.reason}: ${error.message}` : String(error));
      }
      await last(Math.random() * 2 * PAUSE_MS);
    }
  }
}

async function createProduct(): Promise<string> {
  const { product } = await client.products.createProduct({
    requestId: randomUUID(),
    name: "one",
    priceKrw: 5_000n,
    stock: STOCK,
  });
  return product?.id ?? "";
}

async function buy(buyer: { userId: string; couponId?: string }, productId: string): Promise<void> {
  const { order } = await client.orders.createOrder({
    requestId: randomUUID(),
    ...buyer,
    items: [{ productId, quantity: 1 }],
  });
  await client.orders.payOrder({ requestId: randomUUID(), userId: buyer.userId, orderId: order?.id ?? "" });
}
