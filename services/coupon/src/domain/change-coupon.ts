import type { Coupon } from "./coupon.ts";
import type { Refusal, Rule, Ruling } from "./coupon-rules.ts";
import { type PublishDeps, publishTerms } from "./publish-terms.ts";

export type Change =
  /** The coupon is as the rule wants it: changed now, or before. */
  | { kind: "DONE"; coupon: Coupon }
  | { kind: "REFUSED"; why: Refusal }
  | { kind: "UNKNOWN_COUPON" }
  | { kind: "REQUEST_ID_REUSED" };

/** Makes a change happen once. */
export interface RequestKey {
  method: "AddStock";
  requestId: string;
  /** What the id is bound to. */
  content: unknown;
}

/** Where coupons are changed. */
export interface CouponChanger {
  /** Does what the rule says about the coupon while nobody else can change it. A repeated request changes nothing. */
  change(couponId: string, rule: (coupon: Coupon) => Ruling, request?: RequestKey): Promise<Change>;
}

export interface ChangeDeps extends PublishDeps {
  readonly coupons: CouponChanger & PublishDeps["coupons"];
}

/**
 * Changes a coupon in the database, then in the gate. A call that failed between the two is made whole by its repetition,
 * since the gate is told also when nothing had to change; and without a repetition by the sync job.
 */
export async function changeCoupon(
  deps: ChangeDeps,
  couponId: string,
  rule: Rule,
  now: number,
  request?: RequestKey,
): Promise<Change> {
  const change = await deps.coupons.change(couponId, (coupon) => rule(coupon, now), request);
  if (change.kind === "DONE") await publishTerms(deps, change.coupon);
  return change;
}
