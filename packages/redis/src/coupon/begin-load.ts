import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./begin-load.lua", import.meta.url));

export type BeginLoad =
  /** `isNew`: the coupon was never loaded into this Redis. */
  | { readonly begun: true; readonly buckets: number; readonly base: number; readonly isNew: boolean }
  | { readonly begun: false; readonly why: "ALREADY_LOADED" | "LOADING_ELSEWHERE" };

/** Closes a coupon's gate and makes the holder of `token` its loader, until it is silent for `silenceMs`. */
export async function beginLoad(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  load: { token: string; silenceMs: number; rebuild: boolean; buckets: number; base: number },
): Promise<BeginLoad> {
  const mode = load.rebuild ? "rebuild" : "load";
  const [what, buckets, base, isNew] = (await script(
    redis,
    [keys.coupon(couponId)],
    [load.token, load.silenceMs, mode, load.buckets, load.base],
  )) as [string, string?, string?, string?];
  if (what === "begun") return { begun: true, buckets: Number(buckets), base: Number(base), isNew: isNew === "new" };
  return { begun: false, why: what === "loaded" ? "ALREADY_LOADED" : "LOADING_ELSEWHERE" };
}
