import { type Discount, discountOn } from "./discount.ts";
import { amountOf, type NewOrder, type OrderItem } from "./order.ts";
import type { Product } from "./product.ts";

/** What a user wants to buy. */
export interface Wish {
  userId: string;
  /** Each product once. */
  items: readonly { productId: string; quantity: number }[];
  couponId: string | undefined;
}

export type Draft =
  | { kind: "OK"; order: NewOrder }
  | { kind: "UNKNOWN_PRODUCT"; productId: string }
  | { kind: "REFUSED"; why: "ORDER_BELOW_MINIMUM" }
  | { kind: "TOO_LARGE" };

/** The most that an order can amount to, in KRW: what the coupon service can count with. */
export const MAX_AMOUNT_KRW = 1_000_000_000_000;

/** The order that a wish amounts to, with names and prices as they are now. */
export function draftOrder(
  wish: Wish,
  products: readonly Product[],
  discount: Discount | undefined,
  now: number,
): Draft {
  const productOf = new Map(products.map((product) => [product.id, product]));
  const items: OrderItem[] = [];
  for (const { productId, quantity } of wish.items) {
    const product = productOf.get(productId);
    if (!product) return { kind: "UNKNOWN_PRODUCT", productId };
    items.push({ productId, productName: product.name, priceKrw: product.priceKrw, quantity });
  }
  const amountKrw = amountOf(items);
  if (amountKrw > MAX_AMOUNT_KRW) return { kind: "TOO_LARGE" };
  const discountKrw = discount ? discountOn(amountKrw, discount) : 0;
  if (discountKrw === undefined) return { kind: "REFUSED", why: "ORDER_BELOW_MINIMUM" };
  const { userId, couponId } = wish;
  return {
    kind: "OK",
    order: { userId, items: items.toSorted(byProduct), amountKrw, discountKrw, couponId, createdAt: now },
  };
}

/** Ids are numbers that may be beyond what a number holds. */
function byProduct(a: OrderItem, b: OrderItem): number {
  return Number(BigInt(a.productId) - BigInt(b.productId));
}
