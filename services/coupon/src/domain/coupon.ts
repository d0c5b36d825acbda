/** A coupon campaign. Times are epoch ms, amounts whole KRW. */
export interface Coupon extends CouponFacts {
  name: string;
  quantity: number;
  /** As an operator left it; {@link statusOf} says what it amounts to at a given time. */
  state: CouponState;
  opensAt: number;
  /** Undefined: open until finished. */
  closesAt: number | undefined;
  createdAt: number;
  /** Grows with each change of state or quantity. */
  version: number;
}

/** What a user's coupon is worth. Never changes, so it may be remembered for ever. */
export interface CouponFacts {
  id: string;
  discount: Discount;
  /** From acceptance. Undefined: without end. */
  validForMs: number | undefined;
}

export type CouponState = "PUBLISHABLE" | "PAUSED" | "FINISHED";
export type CouponStatus = "SCHEDULED" | CouponState;

export interface Discount {
  kind: { type: "AMOUNT"; krw: number } | { type: "PERCENT"; percent: number };
  /** The smallest order on which it may be used. */
  minOrderKrw: number;
  /** The most that a percentage takes off; 0: no bound. */
  maxDiscountKrw: number;
}

export function statusOf(coupon: Coupon, now: number): CouponStatus {
  if (coupon.state === "FINISHED" || windowIsOver(coupon, now)) return "FINISHED";
  if (coupon.state === "PAUSED") return "PAUSED";
  return now < coupon.opensAt ? "SCHEDULED" : "PUBLISHABLE";
}

export function windowIsOver({ closesAt }: Coupon, now: number): boolean {
  return closesAt !== undefined && closesAt <= now;
}

/** What it takes off an order, in KRW; undefined when the order is too small for it. */
export function discountOn(orderKrw: number, { kind, minOrderKrw, maxDiscountKrw }: Discount): number | undefined {
  if (orderKrw < minOrderKrw) return undefined;
  if (kind.type === "AMOUNT") return Math.min(kind.krw, orderKrw);
  const off = Math.floor((orderKrw * kind.percent) / 100);
  return maxDiscountKrw === 0 ? off : Math.min(off, maxDiscountKrw);
}
