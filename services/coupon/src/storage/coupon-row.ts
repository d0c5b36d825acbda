import type { CouponRow, NewCouponRow } from "@firstcome/database";
import type { Coupon, Discount } from "../domain/coupon.ts";
import type { NewCoupon } from "../domain/create-coupon.ts";

export function toCoupon(row: CouponRow): Coupon {
  const { id, name, quantity, status, opensAt, closesAt, validForMs, createdAt, version, completed } = row;
  const discount = toDiscount(row);
  return { id, name, quantity, state: status, opensAt, closesAt, discount, validForMs, createdAt, version, completed };
}

export function toNewRow({ discount, ...coupon }: NewCoupon): NewCouponRow {
  const { kind, minOrderKrw, maxDiscountKrw } = discount;
  return {
    ...coupon,
    amountOffKrw: kind.type === "AMOUNT" ? kind.krw : undefined,
    percentOff: kind.type === "PERCENT" ? kind.percent : undefined,
    minOrderKrw,
    maxDiscountKrw,
  };
}

function toDiscount({ id, amountOffKrw, percentOff, minOrderKrw, maxDiscountKrw }: CouponRow): Discount {
  if (amountOffKrw !== undefined) return { kind: { type: "AMOUNT", krw: amountOffKrw }, minOrderKrw, maxDiscountKrw };
  if (percentOff !== undefined) return { kind: { type: "PERCENT", percent: percentOff }, minOrderKrw, maxDiscountKrw };
  throw new Error(`coupon ${id} has no discount`);
}
