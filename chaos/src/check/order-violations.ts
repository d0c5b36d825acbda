import type { HeardOrders } from "../history/heard.ts";

/** What is known of all orders afterwards. */
export interface OrderEvidence {
  readonly heard: HeardOrders;
  /** Orders whose cancellation was asked for. */
  readonly cancelAsked: ReadonlySet<string>;
  readonly orders: readonly StoredOrder[];
  /** Uses of coupons by rows of `user_coupon`. */
  readonly uses: readonly CouponUse[];
  /** Orders whose coupon is still to be given back: a message says so. */
  readonly returning: ReadonlySet<string>;
  /** Pieces that were taken out of each product's stock. */
  readonly taken: ReadonlyMap<string, number>;
  /** The ranking: day → product → pieces. */
  readonly sales: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The orders counted in it: day → order → whether it is counted ("S") or taken back ("C"). */
  readonly counted: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface StoredOrder {
  readonly id: string;
  readonly userId: string;
  readonly status: "CREATED" | "PAID" | "CANCELLED";
  readonly couponId: string | undefined;
  /** Stays when a paid order is cancelled. */
  readonly paidDay: string | undefined;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
}

export interface CouponUse {
  readonly couponId: string;
  readonly userId: string;
  readonly orderId: string;
}

/** How often each promise about orders was broken. All 0: kept. */
export interface OrderViolations {
  /** P8: products whose sales of a day differ between the ranking and the paid orders. */
  readonly salesMismatches: number;
  /** P8: orders that the ranking has not counted as they stand, or should not know. */
  readonly miscountedOrders: number;
  /** Coupons that more than one paid order has used. */
  readonly couponsUsedTwice: number;
  /** Paid orders whose coupon is not used by them, and coupons that are used by an order which is not theirs any more. */
  readonly couponUseMismatches: number;
  /** Products of which not as many pieces were taken as paid orders hold. */
  readonly stockMismatches: number;
  /** P6 of orders: what buyers were told, created, paid, cancelled, is not so. */
  readonly ordersToldWrong: number;
  /** Request ids under which buyers were told of more than one order. */
  readonly ordersRepeated: number;
}

/** Compares what buyers were told, the orders and the ranking. Pure; knows nothing of how orders are made. */
export function findOrderViolations(evidence: OrderEvidence): OrderViolations {
  return {
    salesMismatches: countSalesMismatches(evidence),
    miscountedOrders: countMiscounted(evidence),
    couponsUsedTwice: countUsedTwice(evidence),
    couponUseMismatches: countUseMismatches(evidence),
    stockMismatches: countStockMismatches(evidence),
    ordersToldWrong: countToldWrong(evidence),
    ordersRepeated: [...evidence.heard.createdBy.values()].filter(({ size }) => size > 1).length,
  };
}

function countSalesMismatches({ orders, sales }: OrderEvidence): number {
  const paid = orders.filter(({ status }) => status === "PAID");
  const days = new Set([...sales.keys(), ...paid.map(({ paidDay = "" }) => paidDay)]);
  let wrong = 0;
  for (const day of days) {
    const ranked = sales.get(day) ?? new Map<string, number>();
    wrong += countDifferent(piecesOf(paid.filter(({ paidDay }) => paidDay === day)), ranked);
  }
  return wrong;
}

function countMiscounted({ orders, counted }: OrderEvidence): number {
  const expected = new Map(
    orders.flatMap(({ id, status, paidDay }) =>
      paidDay === undefined ? [] : [[`${paidDay} ${id}`, status === "PAID" ? "S" : "C"] as const],
    ),
  );
  const found = new Map(
    [...counted].flatMap(([day, states]) => [...states].map(([id, state]) => [`${day} ${id}`, state] as const)),
  );
  return countDifferent(expected, found);
}

function countUsedTwice({ orders }: OrderEvidence): number {
  const paid = orders.filter(({ status, couponId }) => status === "PAID" && couponId !== undefined);
  const byCoupon = Map.groupBy(paid, ({ couponId, userId }) => `${couponId} ${userId}`);
  return [...byCoupon.values()].filter(({ length }) => length > 1).length;
}

function countUseMismatches({ orders, uses, returning }: OrderEvidence): number {
  const usedBy = new Map(uses.map(({ couponId, userId, orderId }) => [`${couponId} ${userId}`, orderId]));
  const byId = new Map(orders.map((order) => [order.id, order]));
  const unused = orders.filter(
    ({ id, status, couponId, userId }) =>
      status === "PAID" && couponId !== undefined && usedBy.get(`${couponId} ${userId}`) !== id,
  );
  // One that was created and not paid may hold its coupon: the payment's repetition, or the end of the order, settles it.
  const stuck = uses.filter(({ orderId }) => {
    const order = byId.get(orderId);
    return order === undefined || (order.status === "CANCELLED" && !returning.has(orderId));
  });
  return unused.length + stuck.length;
}

function countStockMismatches({ orders, taken }: OrderEvidence): number {
  const sold = piecesOf(orders.filter(({ status }) => status === "PAID"));
  return countDifferent(sold, new Map([...taken].filter(([, pieces]) => pieces !== 0)));
}

function countToldWrong({ orders, heard, cancelAsked }: OrderEvidence): number {
  const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
  const created = [...heard.createdBy.values()].flatMap((ids) => [...ids]);
  const isWrong = (id: string): boolean => {
    const status = statusOf.get(id);
    if (status === undefined) return true;
    if (heard.cancelled.has(id)) return status !== "CANCELLED";
    return heard.paid.has(id) && status !== "PAID" && !(status === "CANCELLED" && cancelAsked.has(id));
  };
  return [...new Set([...created, ...heard.paid, ...heard.cancelled])].filter(isWrong).length;
}

function piecesOf(orders: readonly StoredOrder[]): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { productId, quantity } of orders.flatMap(({ items }) => items)) {
    pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
  }
  return pieces;
}

/** Keys whose values differ, or that only one of them has. */
function countDifferent<T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): number {
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key)).length;
}
