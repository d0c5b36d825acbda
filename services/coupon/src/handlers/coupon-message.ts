import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type CouponSchema,
  CouponStatus,
  type Discount as DiscountMessage,
  type DiscountSchema,
} from "@firstcome/contracts/coupon";
import { type Coupon, type Discount, statusOf } from "../domain/coupon.ts";
import { duration, optionalTimestamp, timestamp } from "./time.ts";

/** A coupon as of `now` (epoch ms). */
export function couponMessage(coupon: Coupon, now: number): MessageInitShape<typeof CouponSchema> {
  const { id, name, quantity, opensAt, closesAt, discount, validForMs, createdAt, version } = coupon;
  return {
    id,
    name,
    quantity,
    status: CouponStatus[statusOf(coupon, now)],
    opensAt: timestamp(opensAt),
    closesAt: optionalTimestamp(closesAt),
    discount: discountMessage(discount),
    validFor: validForMs === undefined ? undefined : duration(validForMs),
    createdAt: timestamp(createdAt),
    version,
  };
}

export function discountMessage(discount: Discount): MessageInitShape<typeof DiscountSchema> {
  const { kind, minOrderKrw, maxDiscountKrw } = discount;
  return {
    kind:
      kind.type === "AMOUNT"
        ? { case: "amountOffKrw", value: BigInt(kind.krw) }
        : { case: "percentOff", value: kind.percent },
    minOrderKrw: BigInt(minOrderKrw),
    maxDiscountKrw: BigInt(maxDiscountKrw),
  };
}

/** The amounts are bounded by the contract's rules, far within what a number holds. */
export function fromDiscountMessage({ kind, minOrderKrw, maxDiscountKrw }: DiscountMessage): Discount {
  const bounds = { minOrderKrw: Number(minOrderKrw), maxDiscountKrw: Number(maxDiscountKrw) };
  if (kind.case === "amountOffKrw") return { kind: { type: "AMOUNT", krw: Number(kind.value) }, ...bounds };
  if (kind.case === "percentOff") return { kind: { type: "PERCENT", percent: kind.value }, ...bounds };
  throw new Error("the contract requires one kind of discount");
}
