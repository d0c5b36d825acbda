import { COUPON_CALL_SETTLES_MS } from "./coupons.ts";
import type { Order } from "./order.ts";

/** What another service must hear of an order, written in the transaction that changes it. */
export type Message = SalesMessage | CouponReturnMessage;

/** For the ranking: pieces sold, or taken back. */
export interface SalesMessage {
  kind: "SALES";
  orderId: string;
  event: "PAID" | "CANCELLED";
  /** The business day on which it was paid: yyyymmdd. */
  day: string;
  items: readonly { productId: string; quantity: number }[];
}

/** For the coupon service: the order does not need the coupon any more. */
export interface CouponReturnMessage {
  kind: "COUPON_RETURN";
  orderId: string;
  couponId: string;
  userId: string;
}

export type MessageKind = Message["kind"];

/** A message, and how long after it is written, in ms, it is to be delivered. */
export interface Letter {
  message: Message;
  dueInMs: number;
}

/** What is to be told of an order that is paid now. */
export function lettersOfPayment(order: Order): Letter[] {
  return [{ message: salesOf(order, "PAID"), dueInMs: 0 }];
}

/** What is to be told of an order that is cancelled now, given how it stood before. */
export function lettersOfCancellation(before: Order): Letter[] {
  const letters: Letter[] = [];
  if (before.status === "PAID") letters.push({ message: salesOf(before, "CANCELLED"), dueInMs: 0 });
  const { id: orderId, couponId, userId } = before;
  if (couponId !== undefined) {
    const message: Message = { kind: "COUPON_RETURN", orderId, couponId, userId };
    // Given back at once, and once more when no use that a payment asked for can be under way any more: had one been
    // slower than the first return, the order would hold the coupon for ever.
    letters.push({ message, dueInMs: 0 }, { message, dueInMs: COUPON_CALL_SETTLES_MS });
  }
  return letters;
}

function salesOf({ id: orderId, paidDay, items }: Order, event: "PAID" | "CANCELLED"): SalesMessage {
  if (paidDay === undefined) throw new Error(`order ${orderId} was never paid`);
  return {
    kind: "SALES",
    orderId,
    event,
    day: paidDay,
    items: items.map(({ productId, quantity }) => ({ productId, quantity })),
  };
}
