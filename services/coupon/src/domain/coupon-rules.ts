import { type Coupon, type CouponState, statusOf, windowIsOver } from "./coupon.ts";

/** What a rule makes of a coupon. KEEP: it is as it should be already. */
export type Ruling =
  | { kind: "CHANGE"; to: { state?: CouponState; quantity?: number } }
  | { kind: "KEEP" }
  | { kind: "REFUSE"; why: Refusal };

export type Refusal = "COUPON_FINISHED" | "QUANTITY_TOO_LARGE";

/** A rule for a change of a coupon, to be asked while nobody else can change it. */
export type Rule = (coupon: Coupon, now: number) => Ruling;

/** The most pieces that a coupon can have. */
export const MAX_QUANTITY = 1_000_000_000;

export const pause: Rule = (coupon, now) => {
  if (statusOf(coupon, now) === "FINISHED") return FINISHED;
  return coupon.state === "PAUSED" ? KEEP : { kind: "CHANGE", to: { state: "PAUSED" } };
};

export const resume: Rule = (coupon, now) => {
  if (statusOf(coupon, now) === "FINISHED") return FINISHED;
  return coupon.state === "PUBLISHABLE" ? KEEP : { kind: "CHANGE", to: { state: "PUBLISHABLE" } };
};

export const finish: Rule = (coupon) =>
  coupon.state === "FINISHED" ? KEEP : { kind: "CHANGE", to: { state: "FINISHED" } };

export function addStock(pieces: number): Rule {
  return (coupon, now) => {
    if (statusOf(coupon, now) === "FINISHED") return FINISHED;
    const quantity = coupon.quantity + pieces;
    if (quantity > MAX_QUANTITY) return { kind: "REFUSE", why: "QUANTITY_TOO_LARGE" };
    return { kind: "CHANGE", to: { quantity } };
  };
}

/** How far a coupon has come, as the finish job found it. */
export interface Progress {
  /** Numbers that the gate has given; undefined when the gate was not asked. */
  accepted: number | undefined;
  /** Rows that are committed. */
  issued: number;
  /** Numbers that will be no rows: discarded by an operator, or lost with nobody knowing the winner. */
  givenUp: number;
}

/**
 * Finishes a coupon whose every piece is sold, or whose window is over, when nothing of it is to be written any more. A number
 * that is given up was sold all the same, and nobody gets it a second time.
 */
export function finishWhenDone({ accepted, issued, givenUp }: Progress): Rule {
  return (coupon, now) => {
    const settled = issued + givenUp;
    const soldOut = settled >= coupon.quantity;
    const over = windowIsOver(coupon, now) && accepted !== undefined && settled >= accepted;
    return soldOut || over ? finish(coupon, now) : KEEP;
  };
}

const KEEP: Ruling = { kind: "KEEP" };
const FINISHED: Ruling = { kind: "REFUSE", why: "COUPON_FINISHED" };
