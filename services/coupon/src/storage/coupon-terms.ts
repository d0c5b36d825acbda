import type { CouponTerms } from "@firstcome/redis";
import type { Coupon } from "../domain/coupon.ts";

/** The part of a coupon that the gate decides by. */
export function toTerms({ id, state, quantity, opensAt, closesAt, version }: Coupon): CouponTerms {
  return { couponId: id, status: state, quantity, opensAt, closesAt, version };
}
