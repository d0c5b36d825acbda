/** What a coupon takes off an order. Amounts are whole KRW. */
export interface Discount {
  kind: { type: "AMOUNT"; krw: number } | { type: "PERCENT"; percent: number };
  /** The smallest order on which it may be used. */
  minOrderKrw: number;
  /** The most that a percentage takes off; 0: no bound. */
  maxDiscountKrw: number;
}

/**
 * What it takes off an order, in KRW; undefined when the order is too small for it. The coupon service counts the same
 * way, which acceptance/test/orders.test.ts sees to, and has the last word when the order is paid.
 */
export function discountOn(orderKrw: number, { kind, minOrderKrw, maxDiscountKrw }: Discount): number | undefined {
  if (orderKrw < minOrderKrw) return undefined;
  if (kind.type === "AMOUNT") return Math.min(kind.krw, orderKrw);
  const off = Math.floor((orderKrw * kind.percent) / 100);
  return maxDiscountKrw === 0 ? off : Math.min(off, maxDiscountKrw);
}
