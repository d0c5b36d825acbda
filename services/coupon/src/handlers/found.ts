import type { Finding } from "../domain/find-user-coupon.ts";
import type { UserCoupon } from "../domain/user-coupon.ts";
import { couponNotFound, userCouponNotFound } from "./refusals.ts";

/** @throws RpcError NOT_FOUND, saying which of the two there is not */
export function found(finding: Finding, couponId: string, userId: string): UserCoupon {
  if (finding === "UNKNOWN_COUPON") throw couponNotFound(couponId);
  if (finding === "NOT_WINNER") throw userCouponNotFound(couponId, userId);
  return finding;
}
