import { testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { startTestService } from "./support/start-service.ts";

describe("the refresh of popular products", () => {
  it("runs in one of two processes, and in the other when that one is gone", async () => {
    const redis = testRedis();
    const env = { POPULAR_REFRESH_CRON: "* * * * * *" };
    const orders = [await startOrderService("아메리카노"), await startOrderService("아메리카노")] as const;
    const refreshed = orders.map((order) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      order.before = () => {
        if (order.calls.batchGetProducts === 2) resolve();
      };
      return promise;
    });
    const seed = await startTestService({ order: orders[0], redis });
    await seed.record("20300102", "1", { 1: 1 });
    const services = await Promise.all(orders.map((order) => startTestService({ order, redis, env })));

    const holder = await Promise.race(refreshed.map((second, i) => second.then(() => i)));
    const other = 1 - holder;
    expect(orders[other]?.calls.batchGetProducts).toBe(0);
    expect(JSON.parse((await seed.redis.get(seed.keys.popular(5, 3))) ?? "")).toMatchObject({
      products: [{ productId: "1", sold: 1, rank: 1 }],
    });

    await services[holder]?.service[Symbol.asyncDispose]();
    await refreshed[other];
  });
});
