import type { Logger } from "@firstcome/runtime";
import type { Coupon } from "../domain/coupon.ts";
import { type PublishDeps, publishTerms } from "../domain/publish-terms.ts";

export interface SyncDeps extends PublishDeps {
  readonly coupons: PublishDeps["coupons"] & { forGate(): AsyncIterable<Coupon> };
  readonly log: Logger;
}

/**
 * Tells the gate again how all coupons stand that are not finished, and those of whose last change it is not known to
 * have heard: heals a process that died between the database and the gate and, for coupons that are not finished, a Redis
 * that came back with older data.
 *
 * @returns the ids of those of which the gate had not heard
 */
export async function syncCoupons(deps: SyncDeps, signal?: AbortSignal): Promise<string[]> {
  const applied: string[] = [];
  for await (const coupon of deps.coupons.forGate()) {
    if (signal?.aborted) break;
    if ((await publishTerms(deps, coupon)) !== "APPLIED") continue;
    deps.log.info({ couponId: coupon.id, version: coupon.version }, "the gate had missed a change");
    applied.push(coupon.id);
  }
  return applied;
}
