import type { Coupon } from "./coupon.ts";

/** APPLIED or STALE: the gate holds these terms, or newer ones. NOT_LOADED: the load that opens it will bring them. */
export type Publication = "APPLIED" | "STALE" | "NOT_LOADED";

/** Where the gate is told of a coupon's terms. Only a higher version changes anything. */
export interface TermsKeeper {
  sync(coupon: Coupon): Promise<Publication>;
}

export interface PublishDeps {
  readonly gateState: TermsKeeper;
  readonly coupons: {
    /** Notes that the gate holds this version. */
    markInGate(couponId: string, version: number): Promise<void>;
  };
}

/** Tells the gate how a coupon stands in the database. */
export async function publishTerms({ gateState, coupons }: PublishDeps, coupon: Coupon): Promise<Publication> {
  const publication = await gateState.sync(coupon);
  // Not loaded is not told: a load under way may have read older terms, and die before it looks again.
  if (publication !== "NOT_LOADED") await coupons.markInGate(coupon.id, coupon.version);
  return publication;
}
