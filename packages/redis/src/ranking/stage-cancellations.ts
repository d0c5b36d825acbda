import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { REBUILD_KEPT_MS, REBUILDER_SILENCE_MS } from "./lifetimes.ts";

const script = loadScript(new URL("./stage-cancellations.lua", import.meta.url));

/**
 * Marks orders as taken back in a rebuild, unless it has counted them. False: the holder of `token` is not its rebuilder
 * any more, and nothing was written.
 */
export async function stageCancellations(
  redis: RedisClient,
  keys: Keys,
  day: string,
  token: string,
  orderIds: readonly string[],
): Promise<boolean> {
  const names = [keys.rebuildOfDay(day), keys.rebuiltSalesOfDay(day), keys.rebuiltOrdersOfDay(day)];
  return (await script(redis, names, [token, REBUILDER_SILENCE_MS, REBUILD_KEPT_MS, ...orderIds])) === 1;
}
