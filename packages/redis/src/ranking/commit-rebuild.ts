import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { DAY_KEPT_MS } from "./lifetimes.ts";

const script = loadScript(new URL("./commit-rebuild.lua", import.meta.url));

/**
 * Puts a rebuild in the place of its day. Returns how many products the day has sold; undefined when the holder of `token`
 * is not its rebuilder any more, and nothing was written.
 */
export async function commitRebuild(
  redis: RedisClient,
  keys: Keys,
  day: string,
  token: string,
): Promise<number | undefined> {
  const names = [
    keys.rebuildOfDay(day),
    keys.rebuiltSalesOfDay(day),
    keys.rebuiltOrdersOfDay(day),
    keys.salesOfDay(day),
    keys.ordersOfDay(day),
  ];
  const products = (await script(redis, names, [token, DAY_KEPT_MS])) as number;
  return products === -1 ? undefined : products;
}
