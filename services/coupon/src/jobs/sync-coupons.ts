import type { Logger } from "@firstcome/runtime";
import type { Coupon } from "../domain/coupon.ts";
import type { CouponStanding, CouponStandings } from "../domain/gate-standing.ts";
import { type PublishDeps, publishTerms, type TermsReader } from "../domain/publish-terms.ts";

export interface SyncDeps extends PublishDeps {
  readonly coupons: PublishDeps["coupons"] & {
    forGate(): AsyncIterable<Coupon>;
    find(couponId: string): Promise<Coupon | undefined>;
  };
  readonly gateState: PublishDeps["gateState"] & TermsReader;
  readonly standings: CouponStandings;
  readonly log: Logger;
}

/**
 * Tells the gate again how all coupons stand that are not finished, and those of whose last change it is not known to have
 * heard; and, of the finished ones, those of which it holds older terms all the same. That heals a process that died between
 * the database and the gate, and a Redis that came back with older data.
 *
 * @returns the ids of those of which the gate had not heard
 */
export async function syncCoupons(deps: SyncDeps, signal?: AbortSignal): Promise<string[]> {
  const applied: string[] = [];
  for await (const coupon of deps.coupons.forGate()) {
    if (signal?.aborted) return applied;
    if (await tell(deps, coupon)) applied.push(coupon.id);
  }
  return [...applied, ...(await syncOlderTerms(deps, signal, ({ finished }) => finished))];
}

/** Tells the gate of the coupons of which it holds older terms: reads of each only its version. Returns their ids. */
export async function syncOlderTerms(
  deps: SyncDeps,
  signal?: AbortSignal,
  isMeant: (coupon: CouponStanding) => boolean = () => true,
): Promise<string[]> {
  const applied: string[] = [];
  for await (const page of deps.standings.standings()) {
    if (signal?.aborted) break;
    const meant = page.filter(isMeant);
    const versions = await Promise.all(meant.map(({ id }) => deps.gateState.version(id)));
    for (const [i, { id, version }] of meant.entries()) {
      const held = versions[i];
      if (typeof held !== "number" || held >= version) continue;
      const coupon = await deps.coupons.find(id);
      if (coupon && (await tell(deps, coupon))) applied.push(id);
    }
  }
  return applied;
}

async function tell(deps: SyncDeps, coupon: Coupon): Promise<boolean> {
  if ((await publishTerms(deps, coupon)) !== "APPLIED") return false;
  deps.log.info({ couponId: coupon.id, version: coupon.version }, "the gate had missed a change");
  return true;
}
