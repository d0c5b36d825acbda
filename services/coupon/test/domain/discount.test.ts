import { describe, expect, it } from "vitest";
import { type Discount, discountOn } from "../../src/domain/coupon.ts";

const amount = (krw: number): Discount => ({ kind: { type: "AMOUNT", krw }, minOrderKrw: 0, maxDiscountKrw: 0 });
const percent = (value: number): Discount => ({
  kind: { type: "PERCENT", percent: value },
  minOrderKrw: 0,
  maxDiscountKrw: 0,
});

describe("what a coupon takes off", () => {
  it.each([
    { what: "an amount", discount: amount(1_000), order: 5_000, off: 1_000 },
    { what: "never more than the order", discount: amount(1_000), order: 700, off: 700 },
    { what: "a percentage, rounded down", discount: percent(33), order: 1_000_001, off: 330_000 },
    { what: "all of it", discount: percent(100), order: 999, off: 999 },
    { what: "a percentage, bounded", discount: { ...percent(50), maxDiscountKrw: 300 }, order: 1_000, off: 300 },
    { what: "the largest order exactly", discount: percent(99), order: 1e12, off: 99e10 },
    { what: "an order of just enough", discount: { ...amount(1), minOrderKrw: 10 }, order: 10, off: 1 },
    { what: "nothing of an order too small", discount: { ...amount(1), minOrderKrw: 10 }, order: 9, off: undefined },
  ])("$what", ({ discount, order, off }) => {
    expect(discountOn(order, discount)).toBe(off);
  });
});
