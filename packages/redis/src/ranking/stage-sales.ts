import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { REBUILD_KEPT_MS, REBUILDER_SILENCE_MS } from "./lifetimes.ts";
import type { OrderSales } from "./order-sales.ts";

const script = loadScript(new URL("./stage-sales.lua", import.meta.url));

/** Counts paid orders in a rebuild. False: the holder of `token` is not its rebuilder any more, and nothing was written. */
export async function stageSales(
  redis: RedisClient,
  keys: Keys,
  day: string,
  token: string,
  orders: readonly OrderSales[],
): Promise<boolean> {
  const names = [keys.rebuildOfDay(day), keys.rebuiltSalesOfDay(day), keys.rebuiltOrdersOfDay(day)];
  const args: (string | number)[] = [token, REBUILDER_SILENCE_MS, REBUILD_KEPT_MS];
  for (const { orderId, productIds, quantities } of orders) {
    args.push(orderId, productIds.length);
    for (const [i, productId] of productIds.entries()) args.push(productId, quantities[i] as number);
  }
  return (await script(redis, names, args)) === 1;
}
