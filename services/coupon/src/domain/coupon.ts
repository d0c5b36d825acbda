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
  /** Undefined: not known to be complete. */
  completed: Completion | undefined;
}

/** What a finished coupon has come to of which nothing is open any more: all there is to tell of it is in the database. */
export interface Completion {
  /** Every number up to this one is a row, or given up. */
  readonly no: number;
  /** How many are rows. */
  readonly rows: number;
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

/** Soon: crowds gather before an opening. */
const SOON_MS = 600_000;

/** It is open, or will be soon: people are waiting for it. */
export function isAwaited(coupon: Coupon, now: number): boolean {
  return statusOf(coupon, now) !== "FINISHED" && coupon.opensAt - now < SOON_MS;
}

/**
 * What it takes off an order, in KRW; undefined when the order is too small for it. What the order service shows before the
 * order is paid is counted there, and acceptance/test/orders.test.ts holds the two together.
 */
export function discountOn(orderKrw: number, { kind, minOrderKrw, maxDiscountKrw }: Discount): number | undefined {
  if (orderKrw < minOrderKrw) return undefined;
  if (kind.type === "AMOUNT") return Math.min(kind.krw, orderKrw);
  const off = Math.floor((orderKrw * kind.percent) / 100);
  return maxDiscountKrw === 0 ? off : Math.min(off, maxDiscountKrw);
}
