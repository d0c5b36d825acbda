import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

/** What is stored. Whether a coupon has expired follows from its coupon's validity and the time; EXPIRED is noted later. */
const USER_COUPON_STATES = ["ISSUED", "USED", "REVOKED", "EXPIRED"] as const;
export type UserCouponState = (typeof USER_COUPON_STATES)[number];

/** A committed user coupon. The issuer writes it (issue-rows.ts); afterwards its use, its revocation and its expiry change it. */
export const UserCoupon = defineEntity({
  name: "UserCoupon",
  tableName: "user_coupon",
  properties: {
    couponId: p.bigint("string").unsigned().primary(),
    issueNo: p.integer().unsigned().primary(),
    userId: p.string().length(64),
    status: p.enum(USER_COUPON_STATES),
    acceptedAt: p.datetime(3),
    issuedAt: p.datetime(3),
    /** Set while USED. */
    orderId: p.bigint("string").unsigned().nullable(),
    usedAt: p.datetime(3).nullable(),
    /** Set when REVOKED. */
    revokedAt: p.datetime(3).nullable(),
    revokeReason: p.string().length(200).nullable(),
  },
});
export type UserCoupon = InferEntity<typeof UserCoupon>;
