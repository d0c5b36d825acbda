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
 *
 * @param stop ends it early, and with it what the shop's client does: calls under way and to come fail. What is read from MySQL
 *   and Redis at that moment is read to its end
 * @throws when it was stopped, once nothing of it is under way
 */
export async function runMainJob(
  shop: Shop,
  options: Options,
  say: (line: string) => void,
  stop: AbortSignal,
): Promise<MainJobResult> {
  const { stock, users } = options;
  stop.throwIfAborted();
  stop.addEventListener("abort", () => shop.client.close(), { once: true });
  await using witnesses = await openWitnesses(shop);
  const couponId = await openCoupon(shop, stock);
  say(`\nCoupon ${couponId} is open: ${stock} pieces. ${users} users ask for one, ${options.concurrency} at a time.\n`);
  const result = await rushAndSettle(shop, couponId, options, say, stop);
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
    productIds,
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
  stop: AbortSignal,
): Promise<RushResult> {
  const clients = Array.from({ length: CONNECTIONS }, () => createFirstcomeClient({ coupon: shop.couponAddress }));
  const progress = watchProgress(shop.client, couponId, say);
  const end = (): void => {
    progress.stop();
    for (const client of clients) client.close();
  };
  stop.addEventListener("abort", end, { once: true });
  try {
    const result = await rush(clients, couponId, options, stop);
    await progress.issued(result.told.length, STALL_MS);
    stop.throwIfAborted();
    return result;
  } finally {
    stop.removeEventListener("abort", end);
    end();
  }
}
