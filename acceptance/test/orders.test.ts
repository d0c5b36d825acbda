import { randomUUID } from "node:crypto";
import { askAgain, type FirstcomeClient } from "@firstcome/client";
import { UserCouponStatus } from "@firstcome/contracts/coupon";
import { RpcError } from "@firstcome/rpc";
import { businessDay } from "@firstcome/runtime";
import type { ServiceProcess } from "@firstcome/stack";
import { findFreePort } from "@firstcome/stack";
import { eventually, findKeys, testDatabase, testRedis } from "@firstcome/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { connect, crowd, openCoupon, PATIENT, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

const TIME_ZONE = "Asia/Seoul";
const STOCK = 10_000;

let shop: Shop;
let orders: ServiceProcess[];
let ranking: ServiceProcess;
let clients: FirstcomeClient[];
let products: string[];

beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  const [orderPort, otherOrderPort, rankingPort] = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const [coupon, dispatcher] = await Promise.all([shop.start("coupon"), shop.start("dispatcher")]);
  const toOthers = {
    COUPON_ADDRESS: coupon.address,
    RANKING_ADDRESS: `127.0.0.1:${rankingPort}`,
    ORDER_ADDRESS: `127.0.0.1:${orderPort}`,
  };
  const [first, second] = await Promise.all([
    shop.start("order", { ...toOthers, PORT: String(orderPort) }),
    shop.start("order", { ...toOthers, PORT: String(otherOrderPort) }),
    shop.start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address }),
  ]);
  orders = [first, second];
  ranking = await shop.start("ranking", { ...toOthers, PORT: String(rankingPort) });
  clients = orders.map(({ address }) => connect({ coupon: coupon.address, order: address, ranking: ranking.address }));
  const [client] = clients as [FirstcomeClient];
  products = await Promise.all(
    ["one", "two", "three"].map(async (name) => {
      const { product } = await client.products.createProduct({
        requestId: randomUUID(),
        name,
        priceKrw: 5_000n,
        stock: STOCK,
      });
      return product?.id ?? "";
    }),
  );
});

/** Orders and pays, whichever service answers; asks with the same request ids until it is known what came of it. */
async function buy(couponId: string, userId: string, nth: number): Promise<string> {
  const at = (attempt: number): FirstcomeClient => clients[(nth + attempt) % clients.length] as FirstcomeClient;
  const [create, pay] = [randomUUID(), randomUUID()];
  const items = [{ productId: products[nth % products.length] as string, quantity: 1 + (nth % 2) }];
  const { order } = await askAgain(
    (attempt) => at(attempt).orders.createOrder({ requestId: create, userId, couponId, items }),
    PATIENT,
  );
  const orderId = order?.id ?? "";
  await askAgain((attempt) => at(attempt).orders.payOrder({ requestId: pay, userId, orderId }), PATIENT);
  return orderId;
}

async function soldByMysql(): Promise<Map<string, number>> {
  const [rows] = await shop.database.pool.query(
    `SELECT product_id AS productId, CAST(SUM(quantity) AS CHAR) AS sold
       FROM order_item JOIN orders ON orders.id = order_id WHERE status = 'PAID' GROUP BY product_id`,
  );
  return new Map((rows as { productId: string; sold: string }[]).map((row) => [row.productId, Number(row.sold)]));
}

async function soldByRanking(): Promise<Map<string, number>> {
  const client = clients[1] as FirstcomeClient;
  const { popular } = await client.rankingAdmin.refreshPopularProducts({ top: 100, days: 3 });
  return new Map((popular?.products ?? []).map(({ productId, sold }) => [productId, Number(sold)]));
}

/** KRW that a coupon with this discount takes off an order of so much; undefined: it is refused as too small. */
async function takenOff(discount: DiscountOffer, priceKrw: bigint): Promise<{ drafted: Krw; used: Krw }> {
  const [client] = clients as [FirstcomeClient];
  const userId = "kim";
  const requestId = (): string => randomUUID();
  const made = { requestId: requestId(), name: "discount" };
  const [{ coupon }, { product }] = await Promise.all([
    client.couponAdmin.createCoupon({ ...made, quantity: 1, discount }),
    client.products.createProduct({ ...made, priceKrw, stock: 1 }),
  ]);
  const [couponId, productId] = [coupon?.id ?? "", product?.id ?? ""];
  await client.coupons.issueCoupon({ couponId, userId });
  const wish = { requestId: requestId(), userId, couponId, items: [{ productId, quantity: 1 }] };
  // No order of the order service has this id.
  const use = { couponId, userId, orderId: String(2n ** 62n), orderAmountKrw: priceKrw };
  return {
    drafted: await unlessTooSmall(async () => (await client.orders.createOrder(wish)).order?.discountKrw),
    used: await unlessTooSmall(async () => (await client.coupons.useCoupon(use)).discountKrw),
  };
}

type DiscountOffer = NonNullable<Parameters<FirstcomeClient["couponAdmin"]["createCoupon"]>[0]["discount"]>;
type Krw = bigint | undefined;

async function unlessTooSmall(ask: () => Promise<Krw>): Promise<Krw> {
  try {
    return await askAgain(ask, PATIENT);
  } catch (error) {
    if (error instanceof RpcError && error.reason === "ORDER_BELOW_MINIMUM") return undefined;
    throw error;
  }
}

describe("what a coupon takes off an order", () => {
  it("is the same at the order service, which shows it, and at the coupon service, which has the last word", async () => {
    const krw = (max: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 1n, max });
    const kind = fc.oneof(
      fc.record({ case: fc.constant("amountOffKrw" as const), value: krw(20_000n) }),
      fc.record({ case: fc.constant("percentOff" as const), value: fc.integer({ min: 1, max: 100 }) }),
    );
    const bound = fc.oneof(fc.constant(0n), krw(10_000n));
    const offer = fc.record({ kind, minOrderKrw: bound, maxDiscountKrw: bound });
    const seen = { refused: 0, granted: 0 };
    await fc.assert(
      fc.asyncProperty(offer, krw(20_000n), async (discount, priceKrw) => {
        const { drafted, used } = await takenOff(discount, priceKrw);
        expect(drafted).toBe(used);
        seen[used === undefined ? "refused" : "granted"] += 1;
      }),
      { numRuns: 25, seed: 7 },
    );
    // Both ways were gone: the comparison is about something.
    expect(Math.min(seen.refused, seen.granted)).toBeGreaterThan(0);
  });
});

describe("orders of a crowd of winners", () => {
  it("take stock and coupon once and are counted once, while services are killed and started again", async () => {
    const client = clients[1] as FirstcomeClient;
    const couponId = await openCoupon(client, 150);
    const { told } = await crowd([client], couponId, users(150));
    await expectPromisesKept(shop, { couponId, quantity: 150, told, rows: 150 });

    let paid = 0;
    let faults: Promise<unknown> | undefined;
    const strike = async (): Promise<void> => {
      await Promise.all([orders[1]?.kill(), ranking.kill()]);
      const port = (address: string | undefined): Record<string, string> => ({ PORT: address?.split(":")[1] ?? "0" });
      const env = {
        COUPON_ADDRESS: "127.0.0.1:1",
        RANKING_ADDRESS: ranking.address,
        ORDER_ADDRESS: orders[0]?.address ?? "",
      };
      // The one that comes back cannot reach the coupon service: what it is asked to pay is paid by the other.
      await Promise.all([
        shop.start("order", { ...env, ...port(orders[1]?.address) }),
        shop.start("ranking", { ...env, ...port(ranking.address) }),
      ]);
    };
    const bought = await Promise.all(
      users(150).map(async (userId, nth) => {
        const orderId = await buy(couponId, userId, nth);
        if (++paid >= 40) faults ??= strike();
        return { orderId, userId };
      }),
    );
    expect(faults).toBeDefined();
    await faults;

    const [healthy] = clients as [FirstcomeClient];
    const regretted = bought.slice(0, 30);
    await Promise.all(
      [...regretted, ...regretted].map((order) => askAgain(() => healthy.orders.cancelOrder(order), PATIENT)),
    );

    const sold = await soldByMysql();
    expect([...sold.values()].reduce((sum, pieces) => sum + pieces, 0)).toBe(180);
    await eventually(async () => expect(await soldByRanking()).toEqual(sold));
    const { products: left } = await healthy.products.batchGetProducts({ productIds: products });
    expect(new Map(left.map(({ id, stock }) => [id, STOCK - stock]))).toEqual(sold);
    await eventually(async () => {
      const statuses = await Promise.all(
        bought.map(
          async ({ userId }) => (await healthy.coupons.getUserCoupon({ couponId, userId })).userCoupon?.status,
        ),
      );
      expect(statuses).toEqual(
        bought.map((_, i) => (i < regretted.length ? UserCouponStatus.ISSUED : UserCouponStatus.USED)),
      );
    });
  });

  it("are counted again from MySQL when Redis has forgotten them", async () => {
    const [healthy] = clients as [FirstcomeClient];
    const sold = await soldByMysql();
    const day = businessDay(Date.now(), TIME_ZONE);
    const forgotten = await findKeys(shop.redis, `${shop.keys.lease("").replace(/lease:$/, "")}rank:*`);
    expect(forgotten.length).toBeGreaterThan(0);
    await shop.redis.del(...forgotten);
    expect(await soldByRanking()).toEqual(new Map());

    await healthy.rankingAdmin.rebuildDailyRanking({ day });
    expect(await soldByRanking()).toEqual(sold);
  });
});
