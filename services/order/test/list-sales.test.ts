import { FakeClock } from "@firstcome/testkit";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { startShop } from "./support/start-shop.ts";

const MIDNIGHT_IN_SEOUL = Date.UTC(2026, 10, 21, 15); // of the 22nd

const clock = new FakeClock(MIDNIGHT_IN_SEOUL);
const shop = await startShop({ clock });
const { counter, client, ranking } = shop;

async function sales(day: string, pageSize = 0): Promise<string[]> {
  const lines: string[] = [];
  let pageToken = "";
  do {
    const page = await client.orders.listSales({ day, pageSize, pageToken });
    expect(page.sales.length).toBeLessThanOrEqual(pageSize || 500);
    for (const { orderId, productIds, quantities } of page.sales) {
      lines.push(`${orderId}: ${productIds.map((id, i) => `${id}×${quantities[i]}`).join(" ")}`);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return lines;
}

describe("ListSales", () => {
  it("ends a business day at midnight in Seoul, as the ranking is told", async () => {
    const product = await counter.product();
    clock.set(MIDNIGHT_IN_SEOUL - 1);
    const last = await counter.order({ [product]: 1 });
    const first = await counter.order({ [product]: 2 });
    await counter.pay(last);
    clock.set(MIDNIGHT_IN_SEOUL);
    await counter.pay(first);

    expect(await sales("20261121")).toEqual([`${last.id}: ${product}×1`]);
    expect(await sales("20261122")).toEqual([`${first.id}: ${product}×2`]);
    expect(await ranking.callsOf(last.id, 1)).toEqual([`${last.id} PAID 20261121 ${product}×1`]);
    expect(await ranking.callsOf(first.id, 1)).toEqual([`${first.id} PAID 20261122 ${product}×2`]);
  });

  it("pages what was paid on a day by order, without what is not paid or cancelled", async () => {
    clock.set(Date.UTC(2026, 11, 24, 3));
    const [apple, pear] = [await counter.product(), await counter.product()];
    const sold: string[] = [];
    for (let n = 1; n <= 5; n += 1) {
      const order = await counter.order({ [pear]: n, [apple]: 1 }, { userId: `buyer-${n}` });
      await counter.pay(order);
      sold.push(`${order.id}: ${apple}×1 ${pear}×${n}`);
    }
    await counter.order({ [apple]: 1 });
    const cancelled = await counter.order({ [apple]: 1 });
    await counter.pay(cancelled);
    await counter.cancel(cancelled);

    expect(await sales("20261224")).toEqual(sold);
    expect(await sales("20261224", 2)).toEqual(sold);
    expect(await sales("20261224", 5)).toEqual(sold);
    expect(await sales("20261225")).toEqual([]);
  });

  it("refuses what is no day", async () => {
    await expect(client.orders.listSales({ day: "2026-11-21" })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });
});
