import type { CouponRefusal, Coupons } from "./coupons.ts";
import type { Discount } from "./discount.ts";
import { type Draft, draftOrder, type Wish } from "./draft-order.ts";
import type { NewOrder, Order } from "./order.ts";
import type { Product } from "./product.ts";

/** A wish under an id that makes it an order once. The id is the user's own: another user's same id is another. */
export interface OrderRequest {
  requestId: string;
  wish: Wish;
}

export type Creation =
  /** Made now, or by an earlier call with the same request id. */
  | { kind: "CREATED"; order: Order }
  | { kind: "REQUEST_ID_REUSED" }
  | { kind: "REFUSED"; why: CouponRefusal }
  | Exclude<Draft, { kind: "OK" }>;

/** Where orders are made. */
export interface OrderMaker {
  /** What came of the same request before; undefined when it is new. */
  recall(request: OrderRequest): Promise<Extract<Creation, { kind: "CREATED" | "REQUEST_ID_REUSED" }> | undefined>;
  /** Makes the order, once per request id. */
  create(request: OrderRequest, order: NewOrder): Promise<Extract<Creation, { kind: "CREATED" | "REQUEST_ID_REUSED" }>>;
}

export interface CreateDeps {
  readonly orders: OrderMaker;
  readonly products: { findAll(ids: readonly string[]): Promise<Product[]> };
  readonly coupons: Pick<Coupons, "look">;
}

/** Writes an order down. Nothing is taken: neither stock nor coupon. */
export async function createOrder(
  deps: CreateDeps,
  request: OrderRequest,
  now: number,
  deadline?: number,
): Promise<Creation> {
  // First, so that a retry gets its order whatever has become of products and coupon since.
  const made = await deps.orders.recall(request);
  if (made) return made;

  const { userId, items, couponId } = request.wish;
  const products = await deps.products.findAll(items.map(({ productId }) => productId));
  let discount: Discount | undefined;
  if (couponId !== undefined) {
    const look = await deps.coupons.look(couponId, userId, deadline);
    if (look.kind === "REFUSED") return look;
    ({ discount } = look);
  }
  const draft = draftOrder(request.wish, products, discount, now);
  return draft.kind === "OK" ? deps.orders.create(request, draft.order) : draft;
}
