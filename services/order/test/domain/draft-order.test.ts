import { describe, expect, it } from "vitest";
import { type Discount, discountOn } from "../../src/domain/discount.ts";
import { draftOrder } from "../../src/domain/draft-order.ts";
import type { Product } from "../../src/domain/product.ts";

const product = (id: string, priceKrw: number): Product => ({
  id,
  name: `product ${id}`,
  priceKrw,
  stock: 0,
  createdAt: 0,
});
const amount = (krw: number): Discount => ({ kind: { type: "AMOUNT", krw }, minOrderKrw: 0, maxDiscountKrw: 0 });
const percent = (of: number, maxDiscountKrw = 0): Discount => ({
  kind: { type: "PERCENT", percent: of },
  minOrderKrw: 0,
  maxDiscountKrw,
});

describe("discountOn", () => {
  it("takes off an amount, and never more than the order", () => {
    expect([0, 999, 1_000, 1_001].map((krw) => discountOn(krw, amount(1_000)))).toEqual([0, 999, 1_000, 1_000]);
  });

  it("takes off a percentage, rounded down, up to its bound", () => {
    expect([0, 9, 10, 19, 1_999].map((krw) => discountOn(krw, percent(10)))).toEqual([0, 0, 1, 1, 199]);
    expect(discountOn(1_000_000_000_000, percent(99))).toBe(990_000_000_000);
    expect(discountOn(1_000, percent(100))).toBe(1_000);
    expect([490, 500, 510].map((krw) => discountOn(krw, percent(10, 50)))).toEqual([49, 50, 50]);
  });

  it("is for orders of the smallest size or more", () => {
    const discount = { ...amount(1), minOrderKrw: 100 };
    expect([99, 100].map((krw) => discountOn(krw, discount))).toEqual([undefined, 1]);
  });
});

describe("draftOrder", () => {
  it("orders its items by product, as numbers, also beyond what a number holds", () => {
    const ids = ["9223372036854775807", "10", "9223372036854775806", "9"];
    const items = ids.map((productId) => ({ productId, quantity: 1 }));

    const draft = draftOrder(
      { userId: "kim", items, couponId: undefined },
      ids.map((id) => product(id, 1)),
      undefined,
      7,
    );

    expect(draft.kind === "OK" && draft.order.items.map(({ productId }) => productId)).toEqual([
      "9",
      "10",
      "9223372036854775806",
      "9223372036854775807",
    ]);
  });
});
