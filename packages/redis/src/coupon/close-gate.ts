import { randomUUID } from "node:crypto";
import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./close-gate.lua", import.meta.url));

/** Closes a loaded coupon's gate; for `forMs` nobody loads it. False: it is closed already, being loaded or not there. */
export async function closeGate(redis: RedisClient, keys: Keys, couponId: string, forMs: number): Promise<boolean> {
  // A loader that is silent from the first moment on.
  return (await script(redis, [keys.coupon(couponId)], [randomUUID(), forMs])) === 1;
}
