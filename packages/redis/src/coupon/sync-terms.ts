import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import type { ScriptRunner } from "../script.ts";
import type { CouponTerms } from "./terms.ts";
import { termsArgs } from "./terms.ts";

const script = loadScript(new URL("./sync-terms.lua", import.meta.url));

/**
 * APPLIED: the gate has these terms from now on. STALE: it has them, or newer ones. NOT_LOADED: it is closed, and opens with none
 * that are older, also when a load is under way that has read older ones.
 */
export type SyncResult = "APPLIED" | "STALE" | "NOT_LOADED";

/** The terms must be committed: a load that begins after this reads them from the database. */
export async function syncTerms(redis: ScriptRunner, keys: Keys, terms: CouponTerms): Promise<SyncResult> {
  return (await script(redis, [keys.coupon(terms.couponId)], termsArgs(terms))) as SyncResult;
}
