import type { RedisClient } from "../connect.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./renew-lease.lua", import.meta.url));

/** False: the lease has run out, or belongs to another. */
export async function renewLease(redis: RedisClient, key: string, token: string, ttlMs: number): Promise<boolean> {
  return (await script(redis, [key], [token, ttlMs])) === 1;
}
