import type { Completion, Coupon } from "./coupon.ts";
import { UnavailableError } from "./faults.ts";
import { type Loader, onceLoaded, whenLoaded } from "./when-loaded.ts";

/** How far a coupon has come. */
export interface CouponProgress {
  coupon: Coupon;
  /** Numbers that the gate has given. */
  accepted: number;
  /** Numbers that it has left to give. */
  remaining: number;
  /** Rows that are committed. */
  issued: number;
}

export interface ProgressDeps {
  readonly loader: Loader;
  readonly gateState: {
    read(couponId: string): Promise<{ accepted: number; remaining: number } | "NOT_LOADED">;
  };
  readonly coupons: { find(couponId: string): Promise<Coupon | undefined> };
  readonly issuedCounts: { of(couponId: string): Promise<number> };
}

const RETRY_AFTER_MS = 500;

/** @param patient a coupon that is being loaded is waited for, however long it takes */
export async function progressOf(
  { loader, gateState, coupons, issuedCounts }: ProgressDeps,
  couponId: string,
  { patient = false }: { patient?: boolean } = {},
): Promise<CouponProgress | "UNKNOWN_COUPON"> {
  if (loader.isUnknown(couponId)) return "UNKNOWN_COUPON";
  // The rows before the gate: whatever is counted as issued is then counted as accepted, too.
  const coupon = await coupons.find(couponId);
  if (!coupon) return "UNKNOWN_COUPON";
  if (coupon.completed) return completeProgress(coupon, coupon.completed);
  const issued = await issuedCounts.of(couponId);
  const gate = await (patient ? onceLoaded : whenLoaded)(loader, couponId, () => gateState.read(couponId));
  if (gate === "UNKNOWN_COUPON") return gate;
  if (gate === "COMPLETE") return progressOnceMore(coupons, couponId);
  return { coupon, issued, accepted: gate.accepted, remaining: gate.remaining };
}

/** It has become complete between the two looks at the database, or is not complete any more since this process has heard so. */
async function progressOnceMore(coupons: ProgressDeps["coupons"], couponId: string): Promise<CouponProgress> {
  const coupon = await coupons.find(couponId);
  if (!coupon?.completed) throw new UnavailableError("GATE", RETRY_AFTER_MS);
  return completeProgress(coupon, coupon.completed);
}

/** Nothing of it moves any more: neither the gate nor the rows need be asked. */
function completeProgress(coupon: Coupon, { no, rows }: Completion): CouponProgress {
  return { coupon, accepted: no, remaining: Math.max(coupon.quantity - no, 0), issued: rows };
}

/** Per second, from one look to the next. */
export function ratePerSecond(before: number, after: number, elapsedMs: number): number {
  return elapsedMs <= 0 ? 0 : ((after - before) * 1_000) / elapsedMs;
}
