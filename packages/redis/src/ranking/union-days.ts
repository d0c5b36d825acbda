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
}

const script = loadScript(new URL("./union-days.lua", import.meta.url));

/** Adds up the sales of days, and reads the `top` products of them. Products that sold nothing are left out. */
export async function unionDays(
  redis: RedisClient,
  keys: Keys,
  days: readonly string[],
  top: number,
): Promise<BestSales> {
  const names = [keys.salesOverDays(days.length), ...days.map((day) => keys.salesOfDay(day))];
  const [productsSold, flat] = (await script(redis, names, [top, UNION_KEPT_MS])) as [number, string[]];
  const best: { productId: string; sold: number }[] = [];
  for (let i = 0; i < flat.length; i += 2) best.push({ productId: flat[i] as string, sold: Number(flat[i + 1]) });
  return { productsSold, best };
}
