import { randomUUID } from "node:crypto";
import { createFirstcomeClient } from "@firstcome/client";
import type { Options } from "./options.ts";
import { watchProgress } from "./progress.ts";
import { makeReport } from "./report.ts";
import type { Report } from "./report.ts";
import { rush } from "./rush.ts";
import type { Shop } from "./shop.ts";

/** Calls go over several connections, as they would from several front ends. */
const CONNECTIONS = 4;

/** After this long without a new row, the rest counts as lost. */
const SETTLE_STALL_MS = 30_000;

/** Opens a coupon, lets everybody rush for it, waits until every accepted one is written, and reports. */
export async function runMainJob(shop: Shop, options: Options, say: (line: string) => void): Promise<Report> {
  const { stock, users, concurrency } = options;
  const { coupon } = await shop.client.couponAdmin.createCoupon({
    requestId: randomUUID(),
    name: `Opening day, first ${stock}`,
    quantity: stock,
    discount: { kind: { case: "percentOff", value: 10 } },
  });
  if (!coupon) throw new Error("the coupon service answered without a coupon");
  say(`\nCoupon ${coupon.id} is open: ${stock} pieces. ${users} users ask for one, ${concurrency} at a time.\n`);

  const clients = Array.from({ length: CONNECTIONS }, () => createFirstcomeClient({ coupon: shop.couponAddress }));
  const progress = watchProgress(shop.client, coupon.id, say);
  try {
    const result = await rush(clients, coupon.id, { users, concurrency });
    await progress.issued(result.told.length, SETTLE_STALL_MS);
    return await makeReport(shop, { couponId: coupon.id, stock, users, result });
  } finally {
    progress.stop();
    for (const client of clients) client.close();
  }
}
