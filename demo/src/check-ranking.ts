import { setTimeout as pause } from "node:timers/promises";
import type { FirstcomeClient } from "@firstcome/client";
import type { Database } from "@firstcome/database";
import { businessDay, businessDayBefore } from "@firstcome/runtime";

/** The ranking, and whether it says what MySQL says. */
export interface RankingCheck {
  readonly top: readonly { readonly productId: string; readonly sold: number }[];
  readonly matchesMysql: boolean;
}

/** Today included. */
export const RANKED_DAYS = 3;
const TOP = 5;
/** As many as the ranking tells of; the demo sells fewer products. */
const ALL = 100;
const POLL_MS = 200;

/**
 * Waits until the ranking says of every product what the paid orders in MySQL say, for as long as it still changes, and at
 * most until nothing has changed for `stallMs`.
 */
export async function checkRanking(
  client: FirstcomeClient,
  { database, timeZone, stallMs }: { database: Database; timeZone: string; stallMs: number },
): Promise<RankingCheck & { readonly names: ReadonlyMap<string, string> }> {
  const sold = await soldByMysql(database, timeZone);
  let seen = "";
  for (let stalledAt = performance.now() + stallMs; ; await pause(POLL_MS)) {
    const { popular } = await client.rankingAdmin.refreshPopularProducts({ top: ALL, days: RANKED_DAYS });
    const ranked = (popular?.products ?? []).map(({ productId, sold: pieces }) => ({
      productId,
      sold: Number(pieces),
    }));
    const matchesMysql =
      ranked.length === sold.size && ranked.every(({ productId, sold: pieces }) => sold.get(productId) === pieces);
    const now = JSON.stringify(ranked);
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

/** Pieces of each product in the paid orders of the last days, today included. */
async function soldByMysql({ pool }: Database, timeZone: string): Promise<Map<string, number>> {
  const firstDay = businessDayBefore(businessDay(Date.now(), timeZone), RANKED_DAYS - 1);
  const [rows] = await pool.query(
    `SELECT order_item.product_id AS productId, CAST(SUM(order_item.quantity) AS CHAR) AS sold
       FROM orders JOIN order_item ON order_item.order_id = orders.id
      WHERE orders.status = 'PAID' AND orders.paid_day >= ?
      GROUP BY order_item.product_id`,
    [firstDay],
  );
  return new Map((rows as { productId: string; sold: string }[]).map((row) => [row.productId, Number(row.sold)]));
}
