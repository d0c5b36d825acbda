import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { UNION_KEPT_MS } from "./lifetimes.ts";

/** What sold best over several days. */
export interface BestSales {
  /** Products that sold at all. */
  readonly productsSold: number;
  /** Best first; more than asked for when those on the last place sold as many as each other. Their order is not defined. */
  readonly best: readonly { readonly productId: string; readonly sold: number }[];
  /** Epoch ms, by the clock of whoever had the days added up: sales until then are counted. */
  readonly countedAt: number;
}

/** How new the sum of the days has to be. */
export interface CountedLately {
  /** Epoch ms. */
  readonly now: number;
  /** One that was made less than so many ms before or after `now` will do, since clocks differ. 0: it is made anew. */
  readonly maxAgeMs: number;
}

const script = loadScript(new URL("./union-days.lua", import.meta.url));

/**
 * Reads the `top` products of these days. Products that sold nothing are left out. The days are added up for the first who
 * asks; others are served from the same union for as long as it is new enough for them.
 */
export async function unionDays(
  redis: RedisClient,
  keys: Keys,
  days: readonly string[],
  top: number,
  { now, maxAgeMs }: CountedLately,
): Promise<BestSales> {
  const { length } = days;
  const names = [keys.salesOverDays(length), keys.unionOverDays(length), ...days.map((day) => keys.salesOfDay(day))];
  const answer = await script(redis, names, [top, UNION_KEPT_MS, now, maxAgeMs]);
  const [countedAt, productsSold, flat] = answer as [string, number, string[]];
  const best: { productId: string; sold: number }[] = [];
  for (let i = 0; i < flat.length; i += 2) best.push({ productId: flat[i] as string, sold: Number(flat[i + 1]) });
  return { productsSold, best, countedAt: Number(countedAt) };
}
