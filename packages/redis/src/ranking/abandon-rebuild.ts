import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./abandon-rebuild.lua", import.meta.url));

/** Ends a rebuild, so that the next one may begin at once. False: the holder of `token` is not its rebuilder any more. */
export async function abandonRebuild(redis: RedisClient, keys: Keys, day: string, token: string): Promise<boolean> {
  const names = [keys.rebuildOfDay(day), keys.rebuiltSalesOfDay(day), keys.rebuiltOrdersOfDay(day)];
  return (await script(redis, names, [token])) === 1;
}
