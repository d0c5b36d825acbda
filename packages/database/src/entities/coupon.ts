import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

/** What is stored; whether a coupon is scheduled, or over because its window is, follows from the time. */
const COUPON_STATES = ["PUBLISHABLE", "PAUSED", "FINISHED"] as const;
export type CouponState = (typeof COUPON_STATES)[number];

/** A coupon campaign. Discount and validity never change after creation. */
export const Coupon = defineEntity({
  name: "Coupon",
  tableName: "coupon",
  properties: {
    id: p.bigint("string").unsigned().primary().autoincrement(),
    name: p.string().length(100),
    quantity: p.integer().unsigned(),
    status: p.enum(COUPON_STATES),
    opensAt: p.datetime(3),
    closesAt: p.datetime(3).nullable(),
    /** One of amountOffKrw and percentOff is set. */
    amountOffKrw: p.bigint("number").unsigned().nullable(),
    percentOff: p.tinyint().unsigned().nullable(),
    minOrderKrw: p.bigint("number").unsigned(),
    maxDiscountKrw: p.bigint("number").unsigned(),
    validForMs: p.bigint("number").unsigned().nullable(),
    /** Grows with each change of status or quantity; what the gate compares to tell new terms from old. */
    version: p.integer().unsigned(),
    /** The version that the gate is known to hold. Behind `version`: the gate has yet to hear of a change. */
    gateVersion: p.integer().unsigned(),
    /** Set when every number up to this one is a row or given up, with how many are rows. See CouponBookkeeping. */
    completedNo: p.integer().unsigned().nullable(),
    completedRows: p.integer().unsigned().nullable(),
    createdAt: p.datetime(3),
  },
});
export type Coupon = InferEntity<typeof Coupon>;
