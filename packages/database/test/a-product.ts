import type { NewOrderRow, ProductRow } from "../src/index.ts";

export function aProduct(values: Partial<ProductRow> = {}): Omit<ProductRow, "id"> {
  return {
    name: "유기농 사과 3kg",
    priceKrw: 24_900,
    stock: 100,
    createdAt: Date.UTC(2026, 0, 1, 0, 0, 0, 7),
    ...values,
  };
}

/** Of one product with id 1, unless other items are given. */
export function anOrder(values: Partial<NewOrderRow> = {}): NewOrderRow {
  return {
    userId: "kim",
    items: [{ productId: "1", productName: "유기농 사과 3kg", priceKrw: 24_900, quantity: 2 }],
    amountKrw: 49_800,
    discountKrw: 0,
    couponId: undefined,
    createdAt: Date.UTC(2026, 0, 2, 0, 0, 0, 9),
    ...values,
  };
}
