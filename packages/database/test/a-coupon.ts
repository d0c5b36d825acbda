import type { NewCouponRow } from "../src/index.ts";

/** A coupon that is open now; whole ms, as the columns hold them. */
export function aCoupon(values: Partial<NewCouponRow> = {}): NewCouponRow {
  return {
    name: "첫 구매 쿠폰",
    quantity: 100,
    opensAt: Date.UTC(2026, 0, 1, 0, 0, 0, 123),
    closesAt: undefined,
    amountOffKrw: 5_000,
    percentOff: undefined,
    minOrderKrw: 0,
    maxDiscountKrw: 0,
    validForMs: undefined,
    createdAt: Date.UTC(2025, 11, 31),
    ...values,
  };
}
