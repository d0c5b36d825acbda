import { Code, RpcError } from "@firstcome/rpc";
import { eventually, privateServers } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { startTestService, type TestService } from "./support/start-service.ts";

const MINUTE_MS = 60_000;
const IMPATIENT = { POPULAR_PATIENCE_MS: "20" };
const { redis: server } = await privateServers("redis");
const order = await startOrderService("아메리카노", "카페라떼");
const away = (reason: string): object => ({ code: Code.UNAVAILABLE, reason, retryAfterMs: expect.any(Number) });

let test: TestService;
let prefix = 0;
beforeEach(async () => {
  order.before = () => undefined;
  prefix += 1;
  test = await startTestService({ order, redis: { url: server.url, keyPrefix: `t${prefix}:` } });
  await test.record("20300102", "1", { 1: 1 });
});

describe("without the order service", () => {
  it("GetPopularProducts gives the last answer, marked stale, and a new one as soon as it is back", async () => {
    const { ranking, clock, record } = test;
    const { popular: before } = await ranking.getPopularProducts({});
    await record("20300102", "2", { 2: 2 });
    await order.stop();

    clock.advance(5 * MINUTE_MS);
    expect((await ranking.getPopularProducts({})).popular).toEqual(before);
    clock.advance(MINUTE_MS);
    expect((await ranking.getPopularProducts({})).popular).toEqual({ ...before, stale: true });

    await order.start();
    const now = await eventually(async () => {
      clock.advance(1_000);
      const { popular } = await ranking.getPopularProducts({});
      return popular?.stale ? false : popular;
    });
    expect(now?.products.map(({ productId }) => productId)).toEqual(["2", "1"]);
  });

  it("GetPopularProducts gives the answer of another process, marked stale", async () => {
    const { ranking, clock, servers } = test;
    const { popular: before } = await ranking.getPopularProducts({});
    order.before = fail(Code.INTERNAL);
    const other = await startTestService({ order, redis: servers, clock });
    clock.advance(10 * MINUTE_MS);
    expect((await other.ranking.getPopularProducts({})).popular).toEqual({ ...before, stale: true });
  });

  it("GetPopularProducts is UNAVAILABLE when there never was an answer", async () => {
    order.before = fail(Code.UNAVAILABLE);
    await expect(test.ranking.getPopularProducts({})).rejects.toMatchObject(away("RANKING_UNAVAILABLE"));
  });

  it("GetPopularProducts does not wait for one that hangs, when there is an older answer", async () => {
    const { ranking, clock } = await startTestService({ order, redis: test.servers, env: IMPATIENT });
    const { popular: before } = await ranking.getPopularProducts({});
    const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>();
    order.before = () => thawed;
    clock.advance(10 * MINUTE_MS);

    const askedOfIt = order.calls.batchGetProducts;
    for (let asked = 0; asked < 20; asked += 1) {
      expect((await ranking.getPopularProducts({})).popular).toEqual({ ...before, stale: true });
      clock.advance(1_000);
    }
    // Were each of these told only when the call to the order service is given up, each would have made one.
    expect(order.calls.batchGetProducts - askedOfIt).toBeLessThan(20);

    thaw();
    const now = await eventually(async () => {
      clock.advance(1_000);
      const { popular } = await ranking.getPopularProducts({});
      return popular?.stale ? false : popular;
    });
    expect(now?.products).toEqual(before?.products);
  });

  it("RecordSales goes on, and RefreshPopularProducts is UNAVAILABLE", async () => {
    const { admin, record, sold } = test;
    order.before = fail(Code.UNAVAILABLE);
    expect(await record("20300102", "2", { 2: 2 })).toBe(true);
    expect(await sold("20300102")).toEqual({ 1: 1, 2: 2 });
    await expect(admin.refreshPopularProducts({})).rejects.toMatchObject(away("ORDER_SERVICE_UNAVAILABLE"));
  });

  it("RebuildDailyRanking is UNAVAILABLE, leaves the day as it is, and may be asked for again at once", async () => {
    const { admin, sold } = test;
    order.pay("20300102", { orderId: "7", items: { 2: 7 } });
    order.before = fail(Code.UNAVAILABLE);
    await expect(admin.rebuildDailyRanking({ day: "20300102" })).rejects.toMatchObject(
      away("ORDER_SERVICE_UNAVAILABLE"),
    );
    expect(await sold("20300102")).toEqual({ 1: 1 });
    order.before = () => undefined;
    expect(await admin.rebuildDailyRanking({ day: "20300102" })).toMatchObject({ orders: 1, products: 1 });
    expect(await sold("20300102")).toEqual({ 2: 7 });
    order.cancel("20300102", "7");
  });
});

describe("without Redis", () => {
  it("GetPopularProducts gives the last answer, marked stale, and a new one as soon as it is back", async () => {
    const { ranking, clock } = test;
    const { popular: before } = await ranking.getPopularProducts({});

    await server.kill();
    expect((await ranking.getPopularProducts({})).popular).toEqual(before);
    clock.advance(1_000);
    expect((await ranking.getPopularProducts({})).popular).toEqual({ ...before, stale: true });
    clock.advance(24 * 60 * MINUTE_MS);
    expect((await ranking.getPopularProducts({})).popular).toEqual({ ...before, stale: true });

    await server.start();
    const now = await eventually(async () => {
      clock.advance(1_000);
      const { popular } = await ranking.getPopularProducts({});
      return popular?.stale ? false : popular;
    });
    expect(now?.products).toEqual(before?.products);
  });

  it("GetPopularProducts does not wait for one that hangs, when there is an older answer", async () => {
    const { ranking, clock } = await startTestService({ order, redis: test.servers, env: IMPATIENT });
    const { popular: before } = await ranking.getPopularProducts({});
    clock.advance(1_000);
    await server.freeze();
    try {
      // Whoever waits for Redis, and began after this, hears of it after this.
      const given = test.redis.ping().then(
        () => "Redis",
        () => "Redis",
      );
      const answered = ranking.getPopularProducts({}).then(() => "GetPopularProducts");
      expect(await Promise.race([given, answered])).toBe("GetPopularProducts");
      for (let asked = 0; asked < 100; asked += 1) {
        expect((await ranking.getPopularProducts({})).popular).toEqual({ ...before, stale: true });
        clock.advance(1_000);
      }
    } finally {
      await server.thaw();
    }
  });

  it("everything else is UNAVAILABLE, and so is GetPopularProducts when there never was an answer", async () => {
    const { ranking, admin, record } = test;
    await server.kill();
    try {
      await expect(ranking.getPopularProducts({})).rejects.toMatchObject(away("RANKING_UNAVAILABLE"));
      await expect(record("20300102", "2", { 1: 1 })).rejects.toMatchObject(away("REDIS_UNAVAILABLE"));
      await expect(admin.refreshPopularProducts({})).rejects.toMatchObject(away("REDIS_UNAVAILABLE"));
      await expect(admin.rebuildDailyRanking({ day: "20300102" })).rejects.toMatchObject(away("REDIS_UNAVAILABLE"));
    } finally {
      await server.start();
    }
  });
});

function fail(code: Code): () => never {
  return () => {
    throw new RpcError(code, "UNAVAILABLE", "as the test says");
  };
}
