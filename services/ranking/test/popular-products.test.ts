import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { PopularProducts } from "@firstcome/contracts/ranking";
import { Code } from "@firstcome/rpc";
import { FakeClock } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { AFTERNOON, startTestService, type TestService } from "./support/start-service.ts";

const MINUTE_MS = 60_000;
const order = await startOrderService("아메리카노", "카페라떼", "콜드브루", "녹차", "홍차", "유자차");

let test: TestService;
beforeEach(async () => {
  order.before = () => undefined;
  order.calls.batchGetProducts = 0;
  test = await startTestService({ order });
});

describe("GetPopularProducts", () => {
  it("fills the empty cache, for 49 hours, and answers from it", async () => {
    const { ranking, redis, keys, record } = test;
    const key = keys.popular(5, 3);
    await record("20300102", "1", { 2: 4 });
    expect(await redis.exists(key)).toBe(0);

    const { popular } = await ranking.getPopularProducts({});

    expect(popular).toMatchObject({
      products: [{ productId: "2", name: "카페라떼", priceKrw: 1_000n, sold: 4n, rank: 1 }],
      stale: false,
    });
    expect(popular?.computedAt && timestampMs(popular.computedAt)).toBe(AFTERNOON);
    expect(await redis.exists(key)).toBe(1);
    expect(await redis.pttl(key)).toBeGreaterThan(49 * 60 * MINUTE_MS - MINUTE_MS);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(49 * 60 * MINUTE_MS);

    const other = await startTestService({ order, redis: test.servers });
    expect((await other.ranking.getPopularProducts({})).popular).toEqual(popular);
    expect(order.calls.batchGetProducts).toBe(1);
  });

  it("puts three products in the order of their sales: 3, 2, 1", async () => {
    const { ranking, record } = test;
    await record("20300102", "1", { 1: 1, 2: 2 });
    await record("20300102", "2", { 3: 3 });

    const { popular } = await ranking.getPopularProducts({});

    expect(summary(popular)).toEqual(["1. 3 ×3", "2. 2 ×2", "3. 1 ×1"]);
  });

  it("orders equal sales by product id, as numbers", async () => {
    const { ranking, record } = test;
    const beyondNumbers = ["9007199254740993", "9007199254740992"] as const;
    for (const id of ["9", "10", "100", ...beyondNumbers]) order.products.set(id, id);
    await record("20300102", "1", { [beyondNumbers[0]]: 2, [beyondNumbers[1]]: 2, 100: 2, 10: 2, 9: 2, 1: 1 });

    const three = ["1. 9 ×2", "2. 10 ×2", "3. 100 ×2"];
    expect(summary((await ranking.getPopularProducts({ top: 3 })).popular)).toEqual(three);
    expect(summary((await ranking.getPopularProducts({ top: 6 })).popular)).toEqual([
      ...three,
      "4. 9007199254740992 ×2",
      "5. 9007199254740993 ×2",
      "6. 1 ×1",
    ]);
  });

  it("leaves out what sold nothing in the end, and products that do not exist", async () => {
    const { ranking, redis, keys, record } = test;
    await record("20300102", "1", { 1: 1, 4444: 9 });
    await redis.zadd(keys.salesOfDay("20300101"), 0, "2", -3, "3");

    expect(summary((await ranking.getPopularProducts({})).popular)).toEqual(["1. 1 ×1"]);
  });

  it("answers with nothing when nothing was sold, without asking for products", async () => {
    const { popular } = await test.ranking.getPopularProducts({});
    expect(popular).toMatchObject({ products: [], stale: false });
    expect(order.calls.batchGetProducts).toBe(0);
  });

  it("keeps rankings of other lengths and periods apart", async () => {
    const { ranking, record } = test;
    await record("20300102", "1", { 1: 1, 2: 2 });
    await record("20300101", "2", { 1: 9 });
    expect(summary((await ranking.getPopularProducts({ top: 1, days: 1 })).popular)).toEqual(["1. 2 ×2"]);
    expect(summary((await ranking.getPopularProducts({ top: 1, days: 2 })).popular)).toEqual(["1. 1 ×10"]);
  });

  it("computes once for a hundred callers at once", async () => {
    const { service, ranking, record } = test;
    await record("20300102", "1", { 1: 1 });
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    order.before = () => answered;

    // All of them wait already when the products are asked for.
    const waiting = Array.from({ length: 100 }, () => service.app.answers.get({ top: 5, days: 3 }));
    const calls = Array.from({ length: 100 }, () => ranking.getPopularProducts({}));
    answer();
    const told = (await Promise.all(waiting)).map(({ popular }) => popular.products);
    const answers = (await Promise.all(calls)).map(({ popular }) => summary(popular));

    expect(new Set(told.map((products) => JSON.stringify(products))).size).toBe(1);
    expect(answers).toEqual(Array.from({ length: 100 }, () => ["1. 1 ×1"]));
    expect(order.calls.batchGetProducts).toBe(1);
  });

  it("answers from memory for a second, then from the cache, and computes anew what is six minutes old", async () => {
    const { ranking, redis, keys, clock, record } = test;
    await record("20300102", "1", { 1: 1 });
    await ranking.getPopularProducts({});
    await record("20300102", "2", { 2: 2 });
    const key = keys.popular(5, 3);
    // Another process has refreshed the cache.
    await redis.set(key, JSON.stringify({ products: [], computedAt: AFTERNOON + 1 }));

    clock.set(AFTERNOON + 999);
    expect(summary((await ranking.getPopularProducts({})).popular)).toEqual(["1. 1 ×1"]);
    clock.set(AFTERNOON + 1_000);
    expect(summary((await ranking.getPopularProducts({})).popular)).toEqual([]);
    clock.set(AFTERNOON + 1 + 6 * MINUTE_MS);
    expect(summary((await ranking.getPopularProducts({})).popular)).toEqual(["1. 2 ×2", "2. 1 ×1"]);
  });

  it("computes anew what it cannot read in the cache", async () => {
    const { ranking, redis, keys, record } = test;
    await record("20300102", "1", { 1: 1 });
    await redis.set(keys.popular(5, 3), '{"of":"another version"}');
    expect(summary((await ranking.getPopularProducts({})).popular)).toEqual(["1. 1 ×1"]);
    await redis.set(keys.popular(5, 2), "not even JSON");
    expect(summary((await ranking.getPopularProducts({ days: 2 })).popular)).toEqual(["1. 1 ×1"]);
  });

  it("moves its days on at midnight in Seoul", async () => {
    const midnight = Date.UTC(2030, 0, 2, 15);
    const late = await startTestService({ order, clock: new FakeClock(midnight - 1) });
    await late.record("20291231", "1", { 1: 1 });
    await late.record("20300102", "2", { 2: 2 });
    await late.record("20300103", "3", { 3: 3 });
    expect(summary((await late.ranking.getPopularProducts({})).popular)).toEqual(["1. 2 ×2", "2. 1 ×1"]);

    // The answer from before, a second old, is of other days.
    late.clock.set(midnight + 1_000);
    expect(summary((await late.ranking.getPopularProducts({})).popular)).toEqual(["1. 3 ×3", "2. 2 ×2"]);
  });

  it("refuses what the contract does not allow", async () => {
    const refused = { code: Code.INVALID_ARGUMENT };
    await expect(test.ranking.getPopularProducts({ top: 101 })).rejects.toMatchObject(refused);
    await expect(test.ranking.getPopularProducts({ days: 8 })).rejects.toMatchObject(refused);
  });
});

describe("RefreshPopularProducts", () => {
  it("adds up several days, and fills the cache with the best", async () => {
    const { admin, ranking, redis, keys, record } = test;
    await record("20291230", "1", { 6: 100 });
    await record("20291231", "2", { 1: 1, 2: 2 });
    await record("20300101", "3", { 2: 2, 3: 3 });
    await record("20300102", "4", { 4: 2, 5: 9, 1: 1 });

    const { popular, productsSold } = await admin.refreshPopularProducts({});

    expect(productsSold).toBe(5);
    expect(summary(popular)).toEqual(["1. 5 ×9", "2. 2 ×4", "3. 3 ×3", "4. 1 ×2", "5. 4 ×2"]);
    expect(await redis.zcard(keys.salesOverDays(3))).toBe(5);
    expect(await redis.zrevrange(keys.salesOverDays(3), 0, 2)).toEqual(["5", "2", "3"]);
    expect((await ranking.getPopularProducts({})).popular).toEqual(popular);
    expect(order.calls.batchGetProducts).toBe(1);
  });

  it("counts what was sold up to now, whatever the memory says", async () => {
    const { admin, ranking, record } = test;
    await record("20300102", "1", { 1: 1 });
    await ranking.getPopularProducts({});
    await record("20300102", "2", { 2: 2 });

    const { popular } = await admin.refreshPopularProducts({});

    expect(summary(popular)).toEqual(["1. 2 ×2", "2. 1 ×1"]);
    expect((await ranking.getPopularProducts({})).popular).toEqual(popular);
  });
});

function summary(popular: PopularProducts | undefined): string[] {
  return (popular?.products ?? []).map(({ rank, productId, sold }) => `${rank}. ${productId} ×${sold}`);
}
