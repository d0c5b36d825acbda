import type { Coupon, Discount } from "./coupon.ts";

/** What is asked for. */
export interface CouponOrder {
  name: string;
  quantity: number;
  /** Epoch ms. Undefined: now. */
  opensAt: number | undefined;
  /** Epoch ms. Undefined: open until finished. */
  closesAt: number | undefined;
  discount: Discount;
  /** Undefined: without end. */
  validForMs: number | undefined;
}

export type NewCoupon = Omit<Coupon, "id" | "state" | "version" | "completed">;

/** A field of the order that cannot be. */
interface Violation {
  field: "opens_at" | "closes_at" | "valid_for";
  description: string;
}

export type Draft = { kind: "OK"; coupon: NewCoupon } | { kind: "INVALID"; violations: Violation[] };

/** The coupon that an order amounts to at a given time. */
export function draftCoupon(order: CouponOrder, now: number): Draft {
  const opensAt = order.opensAt ?? now;
  const violations = [...checkWindow(opensAt, order.closesAt), ...checkValidity(order.validForMs)];
  return violations.length > 0
    ? { kind: "INVALID", violations }
    : { kind: "OK", coupon: { ...order, opensAt, createdAt: now } };
}

type Creation =
  /** Made now, or by an earlier call with the same request id. */
  { kind: "CREATED"; coupon: Coupon } | { kind: "INVALID"; violations: Violation[] } | { kind: "REQUEST_ID_REUSED" };

/** Where coupons are made. */
export interface CouponMaker {
  /**
   * Makes what `draft` says, once per request id. The draft is asked for when the id is new; the order is what the id is
   * bound to.
   */
  create(requestId: string, order: CouponOrder, draft: () => Draft): Promise<Creation>;
}

/** A DATETIME column ends there, and so does the contract's Timestamp. */
const LAST_INSTANT = Date.UTC(10_000, 0, 1) - 1;
const LONGEST_VALIDITY_MS = 100 * 366 * 86_400_000;

function checkWindow(opensAt: number, closesAt: number | undefined): Violation[] {
  const violations = checkInstant("opens_at", opensAt);
  if (closesAt === undefined) return violations;
  violations.push(...checkInstant("closes_at", closesAt));
  if (closesAt <= opensAt) violations.push({ field: "closes_at", description: "must be after opens_at" });
  return violations;
}

function checkInstant(field: Violation["field"], at: number): Violation[] {
  return at >= 0 && at <= LAST_INSTANT ? [] : [{ field, description: "must be between the years 1970 and 9999" }];
}

function checkValidity(validForMs: number | undefined): Violation[] {
  if (validForMs === undefined || (validForMs >= 1 && validForMs <= LONGEST_VALIDITY_MS)) return [];
  return [{ field: "valid_for", description: "must be between 1 ms and 100 years" }];
}
