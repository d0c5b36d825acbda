import { failedPrecondition, type RpcError, unavailable } from "@firstcome/rpc";
import type { UserChange } from "../domain/change-user-coupon.ts";
import type { UseRefusal } from "../domain/user-coupon-rules.ts";
import { userCouponNotFound } from "./refusals.ts";

type Unchanged = Exclude<UserChange<UseRefusal>, { kind: "DONE" }>;

/** Why a user's coupon was not changed. */
export function userCouponUnchanged(change: Unchanged, couponId: string, userId: string): RpcError {
  if (change.kind === "REFUSED") {
    return failedPrecondition(change.why, MESSAGES[change.why], { coupon_id: couponId, user_id: userId });
  }
  if (change.kind === "NOT_ISSUED_YET") {
    return unavailable("USER_COUPON_NOT_ISSUED_YET", "the coupon is won and its row not there yet", RETRY_AFTER_MS);
  }
  return userCouponNotFound(couponId, userId);
}

/** Rows follow their acceptance within a fraction of a second, unless the database is in trouble. */
const RETRY_AFTER_MS = 500;

const MESSAGES: Record<UseRefusal, string> = {
  USER_COUPON_USED: "the coupon is used on an order",
  USER_COUPON_EXPIRED: "the coupon's validity is over",
  USER_COUPON_REVOKED: "the coupon was taken back",
  ORDER_BELOW_MINIMUM: "the order is too small for this coupon",
};
