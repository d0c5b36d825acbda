import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

export const ORDER_STATES = ["CREATED", "PAID", "CANCELLED"] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** An order, without its items. */
export const Order = defineEntity({
  name: "Order",
  tableName: "orders",
  properties: {
    id: p.bigint("string").unsigned().primary().autoincrement(),
    userId: p.string().length(64),
    status: p.enum(ORDER_STATES),
    /** Sum of the items. */
    amountKrw: p.bigint("number").unsigned(),
    /** What the coupon takes off. */
    discountKrw: p.bigint("number").unsigned(),
    couponId: p.bigint("string").unsigned().nullable(),
    /** Set from before the coupon's return is asked for until it is confirmed. */
    couponReturningSince: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    paidAt: p.datetime(3).nullable(),
    /** The business day of `paidAt`: yyyymmdd. Both stay when a paid order is cancelled. */
    paidDay: p.string().length(8).nullable(),
    cancelledAt: p.datetime(3).nullable(),
  },
});
export type Order = InferEntity<typeof Order>;
