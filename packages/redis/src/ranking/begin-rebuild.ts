import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { REBUILDER_SILENCE_MS } from "./lifetimes.ts";

const script = loadScript(new URL("./begin-rebuild.lua", import.meta.url));

/** Makes the holder of `token` the rebuilder of a day. False: somebody else is. */
export async function beginRebuild(redis: RedisClient, keys: Keys, day: string, token: string): Promise<boolean> {
  const names = [keys.rebuildOfDay(day), keys.rebuiltSalesOfDay(day), keys.rebuiltOrdersOfDay(day)];
  return (await script(redis, names, [token, REBUILDER_SILENCE_MS])) === 1;
}
