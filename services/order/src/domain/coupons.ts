import type { Discount } from "./discount.ts";

/** A user's coupon on an order. */
export interface CouponOnOrder {
  couponId: string;
  userId: string;
  orderId: string;
}

export type CouponRefusal =
  | "USER_COUPON_USED"
  | "USER_COUPON_EXPIRED"
  | "USER_COUPON_REVOKED"
  | "ORDER_BELOW_MINIMUM"
  /** The user has not won this coupon. */
  | "USER_COUPON_NOT_FOUND";

/** The coupon service. All methods throw UnavailableError when it is not known what came of the call. */
export interface Coupons {
  /** How a user's coupon stands now. Changes nothing, and promises nothing. */
  look(
    couponId: string,
    userId: string,
    /** Epoch ms. */
    deadline?: number,
  ): Promise<{ kind: "USABLE"; discount: Discount } | { kind: "REFUSED"; why: CouponRefusal }>;

  /** Marks the coupon used on the order. The same order may ask again. */
  use(
    on: CouponOnOrder,
    amountKrw: number,
  ): Promise<{ kind: "USED"; discountKrw: number } | { kind: "REFUSED"; why: CouponRefusal }>;

  /** Gives the coupon back if this order holds it. May be repeated. */
  giveBack(on: CouponOnOrder): Promise<void>;
}

/**
 * How long after it was begun a call of the coupon service may still take effect, in ms, when nobody has heard of its end:
 * it may wait for the database there while its caller has given up, or is gone. Whatever must not be overtaken by such a
 * call waits so long. The coupon service begins no change for a caller that is gone; what it had begun by then (five attempts
 * at a lock of 5 s each, a silent database 60 s) is over well before, also when the call is begun ten seconds late
 * (return-coupon.ts).
 */
export const COUPON_CALL_SETTLES_MS = 120_000;
