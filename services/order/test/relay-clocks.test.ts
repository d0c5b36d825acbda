import { unavailable } from "@firstcome/rpc";
import { eventually, FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { Counter } from "./support/counter.ts";
import { waitingAtAll } from "./support/outbox.ts";
import { startShop } from "./support/start-shop.ts";

const HOURS_MS = 5 * 3_600_000;
// A claim outlives the test: what two relays do at once, they do not do because one is taken for dead.
const env = { OUTBOX_CLAIM_MS: "600000" };
const ahead = await startShop({ env, clock: new FakeClock(Date.now() + HOURS_MS) });
const { counter, db, ranking } = ahead;
const behind = await ahead.another({ clock: new FakeClock(Date.now() - HOURS_MS) });

describe("relays of hosts whose clocks are hours apart", () => {
  it("deliver at once what either has written, and nothing that the other has in its hands", async () => {
    const counters = [counter, new Counter(behind.client)];
    const product = await counter.product();
    const inHand = Promise.withResolvers<string>();
    const goOn = Promise.withResolvers<void>();
    ranking.onRecord = ({ orderId }) => {
      inHand.resolve(orderId);
      ranking.onRecord = async () => {};
      return goOn.promise;
    };

    // Whichever relay takes the first one is busy with it, and leaves all others to the other.
    const held = await counter.order({ [product]: 1 });
    await counter.pay(held);
    expect(await inHand.promise).toBe(held.id);
    for (let n = 0; n < 6; n += 1) {
      const order = await counter.order({ [product]: 1 });
      await counters[n % 2]?.pay(order);
      expect(await ranking.callsOf(order.id, 1)).toHaveLength(1);
    }

    expect(await ranking.callsOf(held.id, 1)).toHaveLength(1);
    goOn.resolve();
    await eventually(async () => (await waitingAtAll(db)) === 0);
    expect(await ranking.callsOf(held.id, 1)).toHaveLength(1);
  });

  it("soon try again what a host that is ahead has put off before it went away", async () => {
    const product = await counter.product();
    await behind.service[Symbol.asyncDispose]();
    ranking.onRecord = async () => {
      throw unavailable("AWAY", "not now", 100);
    };
    const order = await counter.order({ [product]: 1 });
    await counter.pay(order);
    await eventually(async () => {
      const [row] = await db
        .em()
        .execute<{ n: string }[]>("SELECT COUNT(*) AS n FROM outbox WHERE order_id = ? AND last_error IS NOT NULL", [
          order.id,
        ]);
      return Number(row?.n) === 1;
    });
    await ahead.service[Symbol.asyncDispose]();

    ranking.onRecord = async () => {};
    const before = (await ranking.callsOf(order.id, 1)).length;
    await ahead.another({ clock: new FakeClock(Date.now() - HOURS_MS) });

    expect(new Set(await ranking.callsOf(order.id, before + 1)).size).toBe(1);
    await eventually(async () => (await waitingAtAll(db)) === 0);
  });
});
