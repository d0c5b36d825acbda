import { Code } from "@firstcome/rpc";
import { SalesEvent } from "@firstcome/contracts/ranking";
import { createFirstcomeClient } from "@firstcome/client";
import { startService } from "@firstcome/stack";
import { eventually } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { startTestService } from "./support/start-service.ts";

const DAY = "20300102";
const order = await startOrderService();
const test = await startTestService({ order });
const { admin, record, sold, redis, keys } = test;

beforeEach(async () => {
  order.before = () => undefined;
  order.maxPageSize = 500;
  order.forget();
  await redis.del(keys.salesOfDay(DAY), keys.ordersOfDay(DAY));
});

describe("RebuildDailyRanking", () => {
  it("restores a day that Redis has lost, from the paid orders", async () => {
    order.maxPageSize = 3;
    for (let id = 1; id <= 10; id++) {
      const items = { 1: id, [2 + (id % 3)]: 1 };
      order.pay(DAY, { orderId: String(id), items });
      await record(DAY, String(id), items);
    }
    const before = await sold(DAY);
    await redis.del(keys.salesOfDay(DAY), keys.ordersOfDay(DAY));

    expect(await admin.rebuildDailyRanking({ day: DAY })).toMatchObject({ orders: 10, products: 4 });

    expect(await sold(DAY)).toEqual(before);
    expect(await sold(DAY)).toEqual(order.sold(DAY));
    expect(await record(DAY, "5", { 1: 5 })).toBe(false);
    expect(await record(DAY, "5", { 1: 5 }, SalesEvent.CANCELLED)).toBe(true);
    expect(await admin.rebuildDailyRanking({ day: "20300101" })).toMatchObject({ orders: 0, products: 0 });
  });

  it("comes to the sum of what was sold, while a thousand orders are paid and some cancelled", async () => {
    order.maxPageSize = 50;
    const rebuilds: Promise<unknown>[] = [];
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, i) => {
        // Ids in the order of their creation, which is not that of their payment.
        const orderId = String(((i * 617) % 1_000) + 1);
        const items = { [1 + (i % 7)]: 1 + (i % 3), [8 + (i % 2)]: 1 };
        order.pay(DAY, { orderId, items });
        if (i % 200 === 0) rebuilds.push(rebuildUnlessRunning());
        await record(DAY, orderId, items);
        if (i % 10 !== 0) return;
        order.cancel(DAY, orderId);
        await Promise.all([
          record(DAY, orderId, items, SalesEvent.CANCELLED),
          // A repetition, on its way for a while.
          record(DAY, orderId, items),
        ]);
      }),
    );
    expect((await Promise.all(rebuilds)).filter(Boolean).length).toBeGreaterThan(0);
    expect(await sold(DAY)).toEqual(order.sold(DAY));

    await Promise.all([rebuildUnlessRunning(), record(DAY, "2000", { 1: 1 })]);
    order.pay(DAY, { orderId: "2000", items: { 1: 1 } });
    expect(await sold(DAY)).toEqual(order.sold(DAY));
  });

  it("is ABORTED while somebody else rebuilds the same day", async () => {
    const other = await startTestService({ order, redis: test.servers });
    const reading = pauseListing();
    const first = admin.rebuildDailyRanking({ day: DAY });
    await reading.begun;

    await expect(other.admin.rebuildDailyRanking({ day: DAY })).rejects.toMatchObject({
      code: Code.ABORTED,
      reason: "REBUILD_RUNNING",
    });
    reading.goOn();
    expect(await first).toMatchObject({ orders: 0 });
    expect(await other.admin.rebuildDailyRanking({ day: DAY })).toMatchObject({ orders: 0 });
  });

  it("is given up when its caller leaves, and may be asked for again", async () => {
    order.pay(DAY, { orderId: "1", items: { 1: 1 } });
    const reading = pauseListing();
    const caller = new AbortController();
    const first = admin.rebuildDailyRanking({ day: DAY }, { signal: caller.signal });
    await reading.begun;
    caller.abort();
    await expect(first).rejects.toMatchObject({ code: Code.CANCELLED });
    await eventually(async () => (await redis.exists(keys.rebuildOfDay(DAY))) === 0);
    reading.goOn();
    expect(await admin.rebuildDailyRanking({ day: DAY })).toMatchObject({ orders: 1 });
  });

  it("is not kept from a day for long by a process that was killed in the middle of it", async () => {
    const { url, keyPrefix } = test.servers;
    const env = { PORT: "0", REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix, ORDER_ADDRESS: order.address };
    await using process = await startService({ name: "ranking", env });
    using client = createFirstcomeClient({ ranking: process.address, retry: false });
    order.pay(DAY, { orderId: "1", items: { 1: 1 } });
    const reading = pauseListing();
    const killed = client.rankingAdmin.rebuildDailyRanking({ day: DAY });
    await reading.begun;
    await Promise.all([expect(killed).rejects.toMatchObject({ code: Code.UNAVAILABLE }), process.kill()]);
    reading.goOn();

    // Sales go on, and the next rebuild begins when the dead one's half minute is over.
    order.pay(DAY, { orderId: "2", items: { 2: 2 } });
    expect(await record(DAY, "2", { 2: 2 })).toBe(true);
    expect(await redis.pttl(keys.rebuildOfDay(DAY))).toBeLessThanOrEqual(30_000);
    await redis.pexpire(keys.rebuildOfDay(DAY), 1);
    expect(await eventually(() => admin.rebuildDailyRanking({ day: DAY }))).toMatchObject({ orders: 2, products: 2 });
    expect(await sold(DAY)).toEqual({ 1: 1, 2: 2 });
  });

  it("refuses what is no day", async () => {
    await expect(admin.rebuildDailyRanking({ day: "20300230" })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "day" }],
    });
  });
});

/** True when it was done, false when another was at it. */
async function rebuildUnlessRunning(): Promise<boolean> {
  try {
    await admin.rebuildDailyRanking({ day: DAY });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ reason: "REBUILD_RUNNING" });
    return false;
  }
}

/** Holds ListSales back, and says when it was first called. */
function pauseListing(): { begun: Promise<void>; goOn: () => void } {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: released, resolve: goOn } = Promise.withResolvers<void>();
  order.before = (method) => {
    if (method !== "listSales") return undefined;
    begin();
    return released;
  };
  return { begun, goOn };
}
