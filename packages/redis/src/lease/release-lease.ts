import type { RedisClient } from "../connect.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./release-lease.lua", import.meta.url));

/** False: the lease had run out already, or belongs to another; then nothing was changed. */
export async function releaseLease(redis: RedisClient, key: string, token: string): Promise<boolean> {
  return (await script(redis, [key], [token])) === 1;
}
