import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  WatchPopularProductsRequestSchema,
  type WatchPopularProductsResponse,
  WatchPopularProductsResponseSchema,
} from "@firstcome/contracts/ranking";
import { Code } from "@firstcome/rpc";
import { DeafReader, eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { startTestService } from "./support/start-service.ts";

const order = await startOrderService("아메리카노", "카페라떼", "콜드브루");

const WATCH = "/firstcome.ranking.v1.RankingService/WatchPopularProducts";
const CHANGES = 60;

describe("WatchPopularProducts", () => {
  it("tells the ranking at the start and at each change, to all who watch, with one look for all", async () => {
    const { ranking, admin, record, clock, service } = await startTestService({ order });
    await record("20300102", "1", { 1: 1 });
    const looks = order.calls.batchGetProducts;
    const watchers = Array.from({ length: 3 }, () => ranking.watchPopularProducts({})[Symbol.asyncIterator]());
    const next = async (): Promise<string[]> => (await Promise.all(watchers.map((each) => each.next()))).map(told);

    expect(await next()).toEqual(["1", "1", "1"]);
    await record("20300102", "2", { 2: 2 });
    await admin.refreshPopularProducts({});
    expect(await next()).toEqual(["2 1", "2 1", "2 1"]);
    // Computed anew with the same outcome: no news.
    clock.advance(2_000);
    await admin.refreshPopularProducts({});
    await record("20300102", "3", { 3: 3 });
    await admin.refreshPopularProducts({});
    expect(await next()).toEqual(["3 2 1", "3 2 1", "3 2 1"]);

    expect(order.calls.batchGetProducts - looks).toBe(4);
    for (const watcher of watchers) await watcher.return?.();
    await eventually(() => service.app.watch.watchers === 0);
  });

  it("tells when the ranking becomes stale, and when it is no more", async () => {
    const { ranking, record, clock } = await startTestService({ order });
    await record("20300102", "1", { 1: 1 });
    const watcher = ranking.watchPopularProducts({ top: 1, days: 1 })[Symbol.asyncIterator]();
    const next = async (): Promise<boolean | undefined> =>
      ((await watcher.next()).value as WatchPopularProductsResponse).popular?.stale;

    expect(await next()).toBe(false);
    await order.stop();
    clock.advance(10 * 60_000);
    expect(await next()).toBe(true);
    await order.start();
    // Looks happen by themselves; that memory is good for a second is up to the clock.
    const passing = setInterval(() => clock.advance(1_000), 10);
    expect(await next()).toBe(false);
    clearInterval(passing);
    await watcher.return?.();
  });

  it("keeps for a reader who does not read what is the latest, and no more", async () => {
    const { ranking, admin, record, service } = await startTestService({ order });
    const request = toBinary(WatchPopularProductsRequestSchema, create(WatchPopularProductsRequestSchema));
    const deaf = await DeafReader.call(service.address, WATCH, request);
    const hearing = ranking.watchPopularProducts({})[Symbol.asyncIterator]();
    await hearing.next();
    // More changes than what a stream holds that nobody reads, by far: at each, the other of two products is ahead.
    for (let pieces = 1; pieces <= CHANGES; pieces += 1) {
      await record("20300102", String(pieces), { [1 + (pieces % 2)]: pieces });
      await admin.refreshPopularProducts({});
      await hearing.next();
    }
    await record("20300102", String(CHANGES + 1), { 3: 1_000_000 });
    await admin.refreshPopularProducts({});
    expect(told(await hearing.next())).toBe("3 1 2");

    let stale = 0;
    for await (const message of deaf.listen()) {
      const { popular } = fromBinary(WatchPopularProductsResponseSchema, message);
      if (popular?.products[0]?.productId === "3") break;
      stale += 1;
    }
    expect(stale).toBeGreaterThan(0);
    expect(stale).toBeLessThan(CHANGES / 2);
    await hearing.return?.();
  });

  it("turns away more watchers than there may be", async () => {
    const { ranking } = await startTestService({ order, env: { WATCH_MAX_WATCHERS: "1" } });
    const first = ranking.watchPopularProducts({})[Symbol.asyncIterator]();
    await first.next();
    await expect(ranking.watchPopularProducts({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: "WATCHERS_FULL",
    });
    await first.return?.();
  });

  it("ends with the server, so that the watcher opens another", async () => {
    const { ranking, service } = await startTestService({ order });
    const watcher = ranking.watchPopularProducts({})[Symbol.asyncIterator]();
    await watcher.next();
    await Promise.all([
      expect(watcher.next()).rejects.toMatchObject({ code: Code.UNAVAILABLE, reason: "SERVER_STOPPING" }),
      service[Symbol.asyncDispose](),
    ]);
  });
});

/** The product ids, best first. */
function told({ value }: IteratorResult<WatchPopularProductsResponse>): string {
  return (value as WatchPopularProductsResponse).popular?.products.map(({ productId }) => productId).join(" ") ?? "";
}
