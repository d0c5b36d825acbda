import type { MessageInitShape } from "@bufbuild/protobuf";
import { type UserCouponSchema, UserCouponStatus } from "@firstcome/contracts/coupon";
import type { UserCoupon } from "../domain/user-coupon.ts";
import { discountMessage } from "./coupon-message.ts";
import { optionalTimestamp, timestamp } from "./time.ts";

export function userCouponMessage(userCoupon: UserCoupon): MessageInitShape<typeof UserCouponSchema> {
  const { couponId, userId, issueNo, status, acceptedAt, issuedAt, validUntil, orderId, usedAt, discount } = userCoupon;
  return {
    couponId,
    userId,
    issueNo,
    status: UserCouponStatus[status],
    acceptedAt: timestamp(acceptedAt),
    issuedAt: optionalTimestamp(issuedAt),
    validUntil: optionalTimestamp(validUntil),
    orderId: orderId ?? "0",
    usedAt: optionalTimestamp(usedAt),
    discount: discountMessage(discount),
  };
}
