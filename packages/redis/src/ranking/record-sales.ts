import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { DAY_KEPT_MS, REBUILD_KEPT_MS } from "./lifetimes.ts";
import type { OrderSales } from "./order-sales.ts";

const script = loadScript(new URL("./record-sales.lua", import.meta.url));

/**
 * Counts what a paid order sold, or takes it back when it is cancelled. Asking again is safe.
 *
 * @param day on which the order was paid, also for a cancellation
 * @returns false when it changed nothing: it was counted before, or there was nothing to take back
 */
export async function recordSales(
  redis: RedisClient,
  keys: Keys,
  day: string,
  event: "PAID" | "CANCELLED",
  { orderId, productIds, quantities }: OrderSales,
): Promise<boolean> {
  const names = [
    keys.salesOfDay(day),
    keys.ordersOfDay(day),
    keys.rebuildOfDay(day),
    keys.rebuiltSalesOfDay(day),
    keys.rebuiltOrdersOfDay(day),
  ];
  const args: (string | number)[] = [event.toLowerCase(), orderId, DAY_KEPT_MS, REBUILD_KEPT_MS];
  for (const [i, productId] of productIds.entries()) args.push(productId, quantities[i] as number);
  return (await script(redis, names, args)) === 1;
}
