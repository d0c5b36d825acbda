import { setTimeout as pause } from "node:timers/promises";
import type { FirstcomeClient } from "@firstcome/client";
import type { Database } from "@firstcome/database";
import { businessDay, businessDayBefore } from "@firstcome/runtime";

/** The ranking, and whether it says what MySQL says. */
export interface RankingCheck {
  readonly top: readonly ProductSales[];
  readonly matchesMysql: boolean;
}

interface ProductSales {
  readonly productId: string;
  readonly sold: number;
}

/** Today included. */
export const RANKED_DAYS = 3;
const TOP = 5;
/** As many as the ranking tells of. On a database that is not the demo's alone, more may have been sold. */
const MOST = 100;
const POLL_MS = 200;

/**
 * Waits until the ranking says of each of these products what the paid orders in MySQL say, for as long as it still changes,
 * and at most until nothing has changed for `stallMs`. Both are read in each turn: somebody else may be buying meanwhile.
 */
export async function checkRanking(
  client: { readonly rankingAdmin: Pick<FirstcomeClient["rankingAdmin"], "refreshPopularProducts"> },
  {
    database,
    productIds,
    timeZone,
    stallMs,
  }: { database: Database; productIds: readonly string[]; timeZone: string; stallMs: number },
): Promise<RankingCheck & { readonly names: ReadonlyMap<string, string> }> {
  let seen = "";
  for (let stalledAt = performance.now() + stallMs; ; await pause(POLL_MS)) {
    const { popular } = await client.rankingAdmin.refreshPopularProducts({ top: MOST, days: RANKED_DAYS });
    const ranked = (popular?.products ?? []).map(({ productId, sold: pieces }) => ({
      productId,
      sold: Number(pieces),
    }));
    const sold = await soldByMysql(database, productIds, timeZone);
    const matchesMysql = productIds.every((productId) => isRankedWith(ranked, productId, sold.get(productId) ?? 0));
    const now = JSON.stringify([ranked, [...sold]]);
    if (now !== seen) stalledAt = performance.now() + stallMs;
    seen = now;
    if (matchesMysql || performance.now() > stalledAt) {
      // What callers are told, and what the job keeps in the cache from now on.
      await client.rankingAdmin.refreshPopularProducts({ top: TOP, days: RANKED_DAYS });
      const names = new Map((popular?.products ?? []).map(({ productId, name }) => [productId, name]));
      return { top: ranked.slice(0, TOP), matchesMysql, names };
    }
  }
}

/** Whether a ranking says that a product has sold so much: in its place, or by having no place for it. */
function isRankedWith(ranked: readonly ProductSales[], productId: string, sold: number): boolean {
  const found = ranked.find((product) => product.productId === productId);
  if (found) return found.sold === sold;
  const leastRanked = ranked.length < MOST ? 0 : (ranked.at(-1)?.sold ?? 0);
  return sold <= leastRanked;
}

/** Pieces of each product in the paid orders of the last days, today included; none of those that were not sold. */
async function soldByMysql(
  { pool }: Database,
  productIds: readonly string[],
  timeZone: string,
): Promise<Map<string, number>> {
  const firstDay = businessDayBefore(businessDay(Date.now(), timeZone), RANKED_DAYS - 1);
  const [rows] = await pool.query(
    `SELECT order_item.product_id AS productId, CAST(SUM(order_item.quantity) AS CHAR) AS sold
       FROM orders JOIN order_item ON order_item.order_id = orders.id
      WHERE orders.status = 'PAID' AND orders.paid_day >= ? AND order_item.product_id IN (?)
      GROUP BY order_item.product_id ORDER BY order_item.product_id`,
    [firstDay, productIds],
  );
  return new Map((rows as { productId: string; sold: string }[]).map((row) => [row.productId, Number(row.sold)]));
}
