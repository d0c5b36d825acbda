/** An order. Times are epoch ms, amounts whole KRW. */
export interface Order {
  id: string;
  userId: string;
  status: OrderStatus;
  /** By product id. */
  items: readonly OrderItem[];
  /** Sum of the items. */
  amountKrw: number;
  /** What the coupon takes off; 0 without one. */
  discountKrw: number;
  couponId: string | undefined;
  /** Set from before the coupon's return is asked for until it is confirmed. */
  couponReturningSince: number | undefined;
  createdAt: number;
  paidAt: number | undefined;
  /** The business day of `paidAt`: yyyymmdd. Both stay when a paid order is cancelled. */
  paidDay: string | undefined;
  cancelledAt: number | undefined;
}

export type OrderStatus = "CREATED" | "PAID" | "CANCELLED";

/** One product of an order, named and priced as it was when the order was created. */
export interface OrderItem {
  productId: string;
  productName: string;
  priceKrw: number;
  quantity: number;
}

export type NewOrder = Pick<Order, "userId" | "items" | "amountKrw" | "discountKrw" | "couponId" | "createdAt">;

export function amountOf(items: readonly OrderItem[]): number {
  return items.reduce((sum, { priceKrw, quantity }) => sum + priceKrw * quantity, 0);
}

export function totalOf({ amountKrw, discountKrw }: Pick<Order, "amountKrw" | "discountKrw">): number {
  return amountKrw - discountKrw;
}
