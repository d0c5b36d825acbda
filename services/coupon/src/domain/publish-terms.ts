import type { Coupon } from "./coupon.ts";

/** APPLIED or STALE: the gate holds these terms, or newer ones. NOT_LOADED: it is closed, and opens with these or newer ones. */
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
  // A gate that is closed holds nothing; and where another Redis takes over, it may be open there with older terms.
  if (publication !== "NOT_LOADED") await coupons.markInGate(coupon.id, coupon.version);
  return publication;
}
