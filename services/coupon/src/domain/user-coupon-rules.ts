import { type CouponFacts, discountOn } from "./coupon.ts";
import { hasExpired, type IssuedCoupon } from "./user-coupon.ts";

/** What a rule makes of a user's coupon. KEEP: it is as it should be already. */
export type UserRuling<Refusal> =
  | { kind: "CHANGE"; to: IssuedCoupon }
  | { kind: "KEEP" }
  | { kind: "REFUSE"; why: Refusal };

/** A rule for a change of a user's coupon, to be asked while nobody else can change it. */
export type UserRule<Refusal> = (row: IssuedCoupon, facts: CouponFacts, now: number) => UserRuling<Refusal>;

export type UseRefusal = "USER_COUPON_USED" | "USER_COUPON_REVOKED" | "USER_COUPON_EXPIRED" | "ORDER_BELOW_MINIMUM";

/** Uses the coupon on an order; the same order may ask again. */
export function useOn(order: { id: string; amountKrw: number }): UserRule<UseRefusal> {
  return (row, facts, now) => {
    if (row.status === "REVOKED") return { kind: "REFUSE", why: "USER_COUPON_REVOKED" };
    if (row.status === "USED") return row.orderId === order.id ? KEEP : { kind: "REFUSE", why: "USER_COUPON_USED" };
    if (hasExpired(row, facts, now)) return { kind: "REFUSE", why: "USER_COUPON_EXPIRED" };
    if (discountOn(order.amountKrw, facts.discount) === undefined)
      return { kind: "REFUSE", why: "ORDER_BELOW_MINIMUM" };
    return { kind: "CHANGE", to: { ...row, status: "USED", orderId: order.id, usedAt: now } };
  };
}

/** Takes back a use by this order. A coupon that the order does not hold stays as it is. */
export function restoreFrom(orderId: string): UserRule<never> {
  return (row) => {
    if (row.status !== "USED" || row.orderId !== orderId) return KEEP;
    return { kind: "CHANGE", to: { ...row, status: "ISSUED", orderId: undefined, usedAt: undefined } };
  };
}

/** Takes the coupon back from its owner. Its number stays taken. */
export function revoke(reason: string): UserRule<"USER_COUPON_USED"> {
  return (row, _facts, now) => {
    if (row.status === "REVOKED") return KEEP;
    if (row.status === "USED") return { kind: "REFUSE", why: "USER_COUPON_USED" };
    return { kind: "CHANGE", to: { ...row, status: "REVOKED", revokedAt: now, revokeReason: reason } };
  };
}

const KEEP = { kind: "KEEP" } as const;
