/** What the gate needs to know of a coupon. Times are epoch ms. SCHEDULED is not stored: it follows from `opensAt`. */
export interface CouponTerms {
  readonly couponId: string;
  readonly status: "PUBLISHABLE" | "PAUSED" | "FINISHED";
  readonly quantity: number;
  readonly opensAt: number;
  /** Undefined: open until finished. */
  readonly closesAt: number | undefined;
  /** Grows with each change; an older one never replaces a newer one. */
  readonly version: number;
}

/** In the order in which the scripts take them: status, quantity, opens_at, closes_at, version. */
export function termsArgs({ status, quantity, opensAt, closesAt, version }: CouponTerms): (string | number)[] {
  return [status, quantity, opensAt, closesAt ?? "", version];
}
