import { randomUUID } from "node:crypto";
import { eventually } from "@firstcome/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKeys, SalesRanking } from "../src/index.ts";
import type { Keys, OrderSales } from "../src/index.ts";
import { setUpRedis } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";
import { soldOn } from "./sold-on.ts";

const DAY = "20300102";
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2030, 0, 2, 6);
const ANEW = { now: NOW, maxAgeMs: 0 };

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

let keys: Keys;
let ranking: SalesRanking;
beforeEach(() => {
  keys = createKeys({ prefix: `${setUp.keys.lease(randomUUID())}:` });
  ranking = new SalesRanking({ redis: setUp.redis, keys });
});

describe("SalesRanking.record", () => {
  it("counts an order once, asked for ten times at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ranking.record(DAY, "PAID", order("7", { 1: 2 }))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await sold()).toEqual({ 1: 2 });
  });

  it("takes an order back once, and for good", async () => {
    await ranking.record(DAY, "PAID", order("7", { 1: 2, 2: 1 }));
    await ranking.record(DAY, "PAID", order("8", { 1: 3 }));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ranking.record(DAY, "CANCELLED", order("7", { 1: 2, 2: 1 }))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await ranking.record(DAY, "PAID", order("7", { 1: 2, 2: 1 }))).toBe(false);
    expect(await sold()).toEqual({ 1: 3 });
  });

  it("does not count a sale whose cancellation came first", async () => {
    expect(await ranking.record(DAY, "CANCELLED", order("7", { 1: 2 }))).toBe(false);
    expect(await ranking.record(DAY, "PAID", order("7", { 1: 2 }))).toBe(false);
    expect(await sold()).toEqual({});
  });

  it("keeps a day for fourteen days from its last event", async () => {
    const { redis } = setUp;
    await ranking.record(DAY, "PAID", order("1", { 1: 1 }));
    for (const key of [keys.salesOfDay(DAY), keys.ordersOfDay(DAY)]) {
      expect(await redis.pttl(key)).toBeGreaterThan(14 * DAY_MS - 60_000);
      await redis.pexpire(key, 60_000);
    }
    await ranking.record(DAY, "CANCELLED", order("9", { 1: 1 }));
    for (const key of [keys.salesOfDay(DAY), keys.ordersOfDay(DAY)]) {
      expect(await redis.pttl(key)).toBeGreaterThan(14 * DAY_MS - 60_000);
    }
  });
});

describe("SalesRanking.best", () => {
  it("adds up days and leaves out what sold nothing", async () => {
    await ranking.record("20300101", "PAID", order("1", { 1: 1, 2: 5 }));
    await ranking.record("20300102", "PAID", order("2", { 1: 9, 3: 2 }));
    await ranking.record("20300103", "PAID", order("3", { 4: 8 }));
    // More is taken back than was sold: less than nothing is nothing.
    await ranking.record("20300102", "PAID", order("4", { 5: 1 }));
    await ranking.record("20300102", "CANCELLED", order("4", { 5: 3 }));
    const { productsSold, best } = await ranking.best(["20300102", "20300101", "20300103"], 2, ANEW);
    expect(productsSold).toBe(4);
    expect(best).toEqual([
      { productId: "1", sold: 10 },
      { productId: "4", sold: 8 },
    ]);
    expect(await setUp.redis.zcard(keys.salesOverDays(3))).toBe(4);
    expect(await setUp.redis.pttl(keys.salesOverDays(3))).toBeGreaterThan(0);
  });

  it("gives all that sold as many as the last of the best", async () => {
    await ranking.record(DAY, "PAID", order("1", { 10: 7, 9: 2, 100: 2, 11: 2, 8: 1 }));
    const { best } = await ranking.best([DAY], 2, ANEW);
    expect(best.map(({ productId }) => productId).toSorted()).toEqual(["10", "100", "11", "9"]);
  });

  it("is empty when nothing was sold", async () => {
    expect(await ranking.best([DAY, "20300101"], 5, ANEW)).toEqual({ productsSold: 0, best: [], countedAt: NOW });
    expect(await setUp.redis.exists(keys.salesOverDays(2))).toBe(0);
  });

  it("reads any number of products from a union that is new enough, and adds up anew when it is not", async () => {
    const later = (ms: number, maxAgeMs: number) => ({ now: NOW + ms, maxAgeMs });
    const soldWhen = async (top: number, lately: { now: number; maxAgeMs: number }): Promise<unknown> => {
      const { best, countedAt } = await ranking.best([DAY], top, lately);
      return { sold: best.map(({ sold: pieces }) => pieces), countedAt };
    };
    await ranking.record(DAY, "PAID", order("1", { 1: 1, 2: 2 }));
    expect(await soldWhen(2, later(0, 1_000))).toEqual({ sold: [2, 1], countedAt: NOW });
    await ranking.record(DAY, "PAID", order("2", { 3: 3 }));

    expect(await soldWhen(1, later(999, 1_000))).toEqual({ sold: [2], countedAt: NOW });
    expect(await soldWhen(3, later(-999, 1_000))).toEqual({ sold: [2, 1], countedAt: NOW });
    expect(await soldWhen(3, later(1_000, 1_000))).toEqual({ sold: [3, 2, 1], countedAt: NOW + 1_000 });
    await ranking.record(DAY, "PAID", order("3", { 4: 4 }));
    expect(await soldWhen(1, later(1_000, 0))).toEqual({ sold: [4], countedAt: NOW + 1_000 });
    await ranking.record(DAY, "PAID", order("4", { 5: 5 }));
    expect(await soldWhen(1, later(-1_000, 1_000))).toEqual({ sold: [5], countedAt: NOW - 1_000 });
  });

  it("adds up anew when other days are asked for, as after midnight, however new the union is", async () => {
    const lately = { now: NOW, maxAgeMs: DAY_MS };
    await ranking.record("20300102", "PAID", order("1", { 1: 1 }));
    await ranking.record("20300103", "PAID", order("2", { 2: 2 }));
    expect((await ranking.best(["20300102", "20300101"], 5, lately)).best).toEqual([{ productId: "1", sold: 1 }]);
    expect((await ranking.best(["20300103", "20300102"], 1, lately)).best).toEqual([{ productId: "2", sold: 2 }]);
  });
});

describe("SalesRanking.rebuild", () => {
  it("puts the orders of the database in place of what was there", async () => {
    const { redis } = setUp;
    await ranking.record(DAY, "PAID", order("999999", { 1: 1, 77: 5 }));
    const paid = Array.from({ length: 1_200 }, (_, i) =>
      order(String(i + 1), { 1: 1, 2: 2, [i % 3 === 0 ? 3 : 4]: 1 }),
    );
    const result = await ranking.rebuild(DAY, pagesOf(paid.slice(0, 1_000), paid.slice(1_000)));
    expect(result).toEqual({ rebuilt: true, orders: 1_200, products: 4 });
    expect(await sold()).toEqual({ 1: 1_200, 2: 2_400, 3: 400, 4: 800 });
    expect(await ranking.record(DAY, "PAID", paid[17] as OrderSales)).toBe(false);
    for (const key of [keys.salesOfDay(DAY), keys.ordersOfDay(DAY)]) {
      expect(await redis.pttl(key)).toBeGreaterThan(14 * DAY_MS - 60_000);
    }
    expect(
      await setUp.redis.exists(keys.rebuildOfDay(DAY), keys.rebuiltSalesOfDay(DAY), keys.rebuiltOrdersOfDay(DAY)),
    ).toBe(0);
  });

  it("empties a day without paid orders", async () => {
    await ranking.record(DAY, "PAID", order("1", { 1: 1 }));
    expect(await ranking.rebuild(DAY, pagesOf([]))).toEqual({ rebuilt: true, orders: 0, products: 0 });
    expect(await sold()).toEqual({});
    expect(await setUp.redis.exists(keys.ordersOfDay(DAY))).toBe(0);
  });

  it("knows a cancellation from before still when its sale comes late", async () => {
    await ranking.record(DAY, "CANCELLED", order("1", { 1: 1 }));
    await ranking.rebuild(DAY, pagesOf([order("2", { 1: 4 })]));
    expect(await ranking.record(DAY, "PAID", order("1", { 1: 1 }))).toBe(false);
    expect(await sold()).toEqual({ 1: 4 });
  });

  it("has one rebuilder a day at a time", async () => {
    const reading = stalledPages();
    const first = ranking.rebuild(DAY, reading.pages);
    await reading.begun;
    expect(await ranking.rebuild(DAY, pagesOf([]))).toEqual({ rebuilt: false, why: "REBUILDING_ELSEWHERE" });
    expect(await ranking.rebuild("20300103", pagesOf([]))).toMatchObject({ rebuilt: true });
    reading.goOn();
    expect(await first).toMatchObject({ rebuilt: true });
    expect(await ranking.rebuild(DAY, pagesOf([]))).toMatchObject({ rebuilt: true });
  });

  it("replaces a rebuilder that is silent for half a minute, which cannot write any more", async () => {
    const { redis } = setUp;
    const dead = stalledPages();
    const first = ranking.rebuild(DAY, dead.pages);
    await dead.begun;
    // What it had counted is cancelled after its time, unseen by it.
    await ranking.record(DAY, "PAID", order("1", { 1: 1 }));
    expect(await redis.hgetall(keys.rebuiltOrdersOfDay(DAY))).toEqual({ 1: "S" });
    expect(await redis.pttl(keys.rebuiltOrdersOfDay(DAY))).toBeGreaterThan(30_000);
    expect(await redis.pttl(keys.rebuildOfDay(DAY))).toBeLessThanOrEqual(30_000);
    await redis.pexpire(keys.rebuildOfDay(DAY), 1);
    await eventually(async () => (await redis.exists(keys.rebuildOfDay(DAY))) === 0);
    await ranking.record(DAY, "CANCELLED", order("1", { 1: 1 }));

    const reading = stalledPages();
    const second = ranking.rebuild(DAY, reading.pages);
    await reading.begun;
    dead.goOn([order("3", { 3: 3 })]);
    expect(await first).toEqual({ rebuilt: false, why: "LOST" });
    reading.goOn([order("2", { 2: 2 })]);
    expect(await second).toEqual({ rebuilt: true, orders: 1, products: 1 });
    expect(await sold()).toEqual({ 2: 2 });
  });

  it("leaves everything as it was when the orders cannot be read, and may be begun again at once", async () => {
    await ranking.record(DAY, "PAID", order("1", { 1: 1 }));
    const broken = async function* (): AsyncGenerator<OrderSales[]> {
      yield [order("2", { 2: 2 })];
      throw new Error("the database is away");
    };
    await expect(ranking.rebuild(DAY, broken())).rejects.toThrow("the database is away");
    expect(await sold()).toEqual({ 1: 1 });
    expect(await ranking.rebuild(DAY, pagesOf([order("2", { 2: 2 })]))).toMatchObject({ rebuilt: true });
    expect(await sold()).toEqual({ 2: 2 });
  });
});

function order(orderId: string, items: Record<string, number>): OrderSales {
  return { orderId, productIds: Object.keys(items), quantities: Object.values(items) };
}

function sold(): Promise<Record<string, number>> {
  return soldOn(setUp.redis, keys, DAY);
}

async function* pagesOf(...pages: OrderSales[][]): AsyncGenerator<OrderSales[]> {
  yield* pages;
}

/** Pages whose reader is told when it has begun, and waits until it may go on. */
function stalledPages(): {
  pages: AsyncGenerator<OrderSales[]>;
  begun: Promise<void>;
  goOn(page?: OrderSales[]): void;
} {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: page, resolve } = Promise.withResolvers<OrderSales[]>();
  async function* read(): AsyncGenerator<OrderSales[]> {
    begin();
    yield await page;
  }
  return { pages: read(), begun, goOn: (orders = []) => resolve(orders) };
}
