import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKeys, SalesRanking } from "../src/index.ts";
import type { Keys, OrderSales } from "../src/index.ts";
import { RankingModel } from "./ranking-model.ts";
import { setUpRedis } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";
import { soldOn } from "./sold-on.ts";

const DAY = "20300102";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

const items = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 })), {
  minLength: 1,
  maxLength: 3,
  selector: ([product]) => product,
});

describe("counting sales", () => {
  it("does as its model does, whatever comes in whatever order", async () => {
    const event = fc.record({
      event: fc.constantFrom("PAID" as const, "CANCELLED" as const),
      order: fc.integer({ min: 1, max: 5 }),
      items,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30, size: "max" }), async (events) => {
        const { ranking, stored } = newRanking();
        const model = new RankingModel();
        for (const { event: what, order, items: lines } of events) {
          const sales = salesOf(String(order), lines);
          expect(await ranking.record(DAY, what, sales)).toBe(model.record(what, sales));
        }
        expect(await stored()).toEqual({ sold: model.sold, orders: Object.fromEntries(model.orders) });
      }),
      { numRuns: 150 },
    );
  });

  it("comes to what the database says once every event has arrived, however days were rebuilt meanwhile", async () => {
    const lines = fc.array(items, { minLength: ORDERS, maxLength: ORDERS });
    const steps = fc.array(step, { maxLength: 20, size: "max" });
    await fc.assert(fc.asyncProperty(lines, steps, runShop), { numRuns: 120 });
  });
});

/** What happens in a shop of a few orders. */
type Happening =
  /** An order is paid; one that is paid is cancelled. */
  | { readonly do: "change"; readonly order: number }
  /** An event arrives at the ranking: the n-th from the last, not for the first time perhaps. */
  | { readonly do: "deliver"; readonly event: number };

type Step =
  | Happening
  /** What happens before and after each page is read, the last of which is empty, and how it ends. */
  | {
      readonly do: "rebuild";
      readonly meanwhile: readonly (readonly Happening[])[];
      readonly end: "commit" | "fail" | "lose";
    };

const ORDERS = 3;

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ do: fc.constant("change" as const), order: fc.nat(ORDERS - 1) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("deliver" as const), event: fc.nat(5) }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: happening },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("rebuild" as const),
      meanwhile: fc.array(fc.array(happening, { maxLength: 4, size: "max" }), {
        minLength: ORDERS + 1,
        maxLength: ORDERS + 1,
      }),
      end: fc.oneof(
        { weight: 4, arbitrary: fc.constant("commit" as const) },
        fc.constantFrom("fail" as const, "lose" as const),
      ),
    }),
  },
);

async function runShop(lines: readonly Lines[], steps: readonly Step[]): Promise<void> {
  const { ranking, keys, stored } = newRanking();
  const orders = lines.map((of, i) => salesOf(String(i), of));
  const status = orders.map(() => "CREATED");
  const events: { readonly event: "PAID" | "CANCELLED"; readonly sales: OrderSales }[] = [];
  const arrived = new Set<number>();

  for (const now of steps) {
    if (now.do === "rebuild") await rebuild(now);
    else await happen(now);
  }
  for (const i of events.keys()) if (!arrived.has(i)) await deliver(i);
  const truth = new RankingModel();
  for (const sales of paid()) truth.record("PAID", sales);
  expect((await stored()).sold).toEqual(truth.sold);
  for (const i of events.keys()) await deliver(i);
  expect((await stored()).sold).toEqual(truth.sold);
  expect(await setUp.redis.exists(keys.rebuildOfDay(DAY))).toBe(0);

  async function happen(now: Happening): Promise<void> {
    if (now.do === "deliver") {
      if (events.length > 0) await deliver(Math.max(events.length - 1 - now.event, 0));
      return;
    }
    if (status[now.order] === "CANCELLED") return;
    const event = status[now.order] === "PAID" ? "CANCELLED" : "PAID";
    status[now.order] = event;
    events.push({ event, sales: orders[now.order] as OrderSales });
  }

  async function deliver(i: number): Promise<void> {
    const { event, sales } = events[i] as (typeof events)[number];
    arrived.add(i);
    await ranking.record(DAY, event, sales);
  }

  async function rebuild({ meanwhile, end }: Extract<Step, { do: "rebuild" }>): Promise<void> {
    // One order a page, if it is paid when its page is read.
    async function* pages(): AsyncGenerator<OrderSales[]> {
      for (const [page, happenings] of meanwhile.entries()) {
        for (const now of happenings.slice(0, 2)) await happen(now);
        const read = paid().filter(({ orderId }) => orderId === String(page));
        for (const now of happenings.slice(2)) await happen(now);
        yield read;
      }
      if (end === "fail") throw new Error("the database is away");
      if (end === "lose") await setUp.redis.del(keys.rebuildOfDay(DAY));
    }
    const rebuilding = ranking.rebuild(DAY, pages());
    if (end === "fail") await expect(rebuilding).rejects.toThrow("the database is away");
    else if (end === "lose") expect(await rebuilding).toEqual({ rebuilt: false, why: "LOST" });
    else expect(await rebuilding).toMatchObject({ rebuilt: true });
  }

  function paid(): OrderSales[] {
    return orders.filter((_, i) => status[i] === "PAID");
  }
}

type Lines = readonly (readonly [product: number, pieces: number])[];

function salesOf(orderId: string, lines: Lines): OrderSales {
  return {
    orderId,
    productIds: lines.map(([product]) => String(product)),
    quantities: lines.map(([, pieces]) => pieces),
  };
}

/** A ranking with keys of its own, and a view of all that it holds of the day. */
function newRanking(): {
  ranking: SalesRanking;
  keys: Keys;
  stored: () => Promise<{ sold: Record<string, number>; orders: Record<string, string> }>;
} {
  const { redis } = setUp;
  const keys = createKeys({ prefix: `${setUp.keys.lease(randomUUID())}:` });
  return {
    ranking: new SalesRanking({ redis, keys }),
    keys,
    async stored() {
      const orders = await redis.hgetall(keys.ordersOfDay(DAY));
      return { sold: await soldOn(redis, keys, DAY), orders };
    },
  };
}
