import type { CouponFacts, Discount } from "./coupon.ts";

/** A user's coupon as it is told. Times are epoch ms. */
export interface UserCoupon {
  couponId: string;
  userId: string;
  issueNo: number;
  status: UserCouponStatus;
  acceptedAt: number;
  /** Undefined while ACCEPTED. */
  issuedAt: number | undefined;
  /** Undefined: without end. */
  validUntil: number | undefined;
  /** Set while USED. */
  orderId: string | undefined;
  usedAt: number | undefined;
  discount: Discount;
}

/** A user's coupon as its row holds it. */
export interface IssuedCoupon {
  couponId: string;
  userId: string;
  issueNo: number;
  /** EXPIRED is noted some time after the fact; {@link hasExpired} tells at once. */
  status: "ISSUED" | "USED" | "REVOKED" | "EXPIRED";
  acceptedAt: number;
  issuedAt: number;
  orderId: string | undefined;
  usedAt: number | undefined;
  revokedAt: number | undefined;
  revokeReason: string | undefined;
}

/** What the gate knows of a user who has won. */
export interface Win {
  issueNo: number;
  acceptedAt: number;
}

type UserCouponStatus = "ACCEPTED" | "ISSUED" | "USED" | "EXPIRED" | "REVOKED";

/** A coupon whose row is committed. */
export function issued(row: IssuedCoupon, facts: CouponFacts, now: number): UserCoupon {
  const { couponId, userId, issueNo, acceptedAt, issuedAt, orderId, usedAt } = row;
  const status = row.status === "ISSUED" && hasExpired(row, facts, now) ? "EXPIRED" : row.status;
  const validUntil = validUntilOf(row, facts);
  const { discount } = facts;
  return { couponId, userId, issueNo, status, acceptedAt, issuedAt, validUntil, orderId, usedAt, discount };
}

/** A coupon that was won and whose row is not there yet. */
export function accepted(userId: string, win: Win, facts: CouponFacts): UserCoupon {
  return {
    couponId: facts.id,
    userId,
    issueNo: win.issueNo,
    status: "ACCEPTED",
    acceptedAt: win.acceptedAt,
    issuedAt: undefined,
    validUntil: validUntilOf(win, facts),
    orderId: undefined,
    usedAt: undefined,
    discount: facts.discount,
  };
}

export function hasExpired(row: IssuedCoupon, facts: CouponFacts, now: number): boolean {
  const validUntil = validUntilOf(row, facts);
  return validUntil !== undefined && validUntil <= now;
}

function validUntilOf({ acceptedAt }: { acceptedAt: number }, { validForMs }: CouponFacts): number | undefined {
  return validForMs === undefined ? undefined : acceptedAt + validForMs;
}
