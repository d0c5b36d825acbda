import { randomUUID } from "node:crypto";
import { createFirstcomeClient } from "@firstcome/client";
import { checkPromises } from "@firstcome/promise-check";
import { checkRanking } from "./check-ranking.ts";
import type { Options } from "./options.ts";
import { watchProgress } from "./progress.ts";
import type { Findings } from "./report.ts";
import { restoreRanking } from "./restore-ranking.ts";
import { rush } from "./rush.ts";
import type { RushResult } from "./rush.ts";
import { seedProducts } from "./seed-products.ts";
import type { Shop } from "./shop.ts";
import { goShopping } from "./shopping.ts";
import { openWitnesses } from "./witnesses.ts";

/** Calls go over several connections, as they would from several front ends. */
const CONNECTIONS = 4;
/** After this long without anything new, the rest counts as lost. */
const STALL_MS = 30_000;
/** How many of the winners go shopping, and how many at a time. */
const SHOPPERS = 500;
const SHOPPING_AT_A_TIME = 16;

/** What a run found, and how its best-selling products are called. */
export interface MainJobResult {
  readonly findings: Findings;
  readonly productNames: ReadonlyMap<string, string>;
}

/**
 * Opens a coupon, lets everybody rush for it, waits until every accepted one is written, sends winners shopping with it, and
 * holds all of that against MySQL and Redis.
 */
export async function runMainJob(shop: Shop, options: Options, say: (line: string) => void): Promise<MainJobResult> {
  const { stock, users } = options;
  await using witnesses = await openWitnesses(shop);
  const couponId = await openCoupon(shop, stock);
  say(`\nCoupon ${couponId} is open: ${stock} pieces. ${users} users ask for one, ${options.concurrency} at a time.\n`);
  const result = await rushAndSettle(shop, couponId, options, say);
  const { database, state } = witnesses;
  const check = await checkPromises({ pool: database.pool, state, couponId, quantity: stock, told: result.told });

  await restoreRanking(shop.client, shop.timeZone);
  const productIds = await seedProducts(shop.client);
  const shoppers = result.told.slice(0, SHOPPERS).map(({ userId }) => userId);
  say(`\n${shoppers.length} winners go shopping with their coupon, among ${productIds.length} products.`);
  const shopping = await goShopping(shop.client, {
    couponId,
    userIds: shoppers,
    productIds,
    concurrency: SHOPPING_AT_A_TIME,
  });
  const { names, ...ranking } = await checkRanking(shop.client, {
    database,
    timeZone: shop.timeZone,
    stallMs: STALL_MS,
  });
  return { findings: { stock, users, rush: result, check, shopping, ranking }, productNames: names };
}

async function openCoupon({ client }: Shop, quantity: number): Promise<string> {
  const { coupon } = await client.couponAdmin.createCoupon({
    requestId: randomUUID(),
    name: `Opening day, first ${quantity}`,
    quantity,
    discount: { kind: { case: "percentOff", value: 10 } },
  });
  if (!coupon) throw new Error("the coupon service answered without a coupon");
  return coupon.id;
}

async function rushAndSettle(
  shop: Shop,
  couponId: string,
  options: Options,
  say: (line: string) => void,
): Promise<RushResult> {
  const clients = Array.from({ length: CONNECTIONS }, () => createFirstcomeClient({ coupon: shop.couponAddress }));
  const progress = watchProgress(shop.client, couponId, say);
  try {
    const result = await rush(clients, couponId, options);
    await progress.issued(result.told.length, STALL_MS);
    return result;
  } finally {
    progress.stop();
    for (const client of clients) client.close();
  }
}
