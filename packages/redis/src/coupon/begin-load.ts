import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./begin-load.lua", import.meta.url));

export type BeginLoad =
  | { readonly begun: true; readonly buckets: number; readonly base: number; readonly past: CouponPast }
  | { readonly begun: false; readonly why: "ALREADY_LOADED" | "LOADING_ELSEWHERE" };

/**
 * What this Redis knows of a coupon from before. LOADED: it was loaded, and is open, or was closed by this very Redis, which has
 * been the primary without a break since. FIRST_LOAD: its first load at all was begun so, and did not come to its end; so nobody
 * can have a number. NONE: neither; what is there, if anything, may be older than what was given.
 */
export type CouponPast = "LOADED" | "FIRST_LOAD" | "NONE";

const PASTS: Partial<Record<string, CouponPast>> = { loaded: "LOADED", first: "FIRST_LOAD" };

/** Closes a coupon's gate and makes the holder of `token` its loader, until it is silent for `silenceMs`. */
export async function beginLoad(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  load: { token: string; silenceMs: number; rebuild: boolean; buckets: number; base: number },
): Promise<BeginLoad> {
  const mode = load.rebuild ? "rebuild" : "load";
  const [what, buckets, base, past = ""] = (await script(
    redis,
    [keys.coupon(couponId)],
    [load.token, load.silenceMs, mode, load.buckets, load.base],
  )) as [string, string?, string?, string?];
  if (what === "begun") {
    return { begun: true, buckets: Number(buckets), base: Number(base), past: PASTS[past] ?? "NONE" };
  }
  return { begun: false, why: what === "loaded" ? "ALREADY_LOADED" : "LOADING_ELSEWHERE" };
}
