import type { Coupon } from "./coupon.ts";
import { type Loader, whenLoaded } from "./when-loaded.ts";

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

export async function progressOf(
  { loader, gateState, coupons, issuedCounts }: ProgressDeps,
  couponId: string,
): Promise<CouponProgress | "UNKNOWN_COUPON"> {
  if (loader.isUnknown(couponId)) return "UNKNOWN_COUPON";
  // The rows before the gate: whatever is counted as issued is then counted as accepted, too.
  const coupon = await coupons.find(couponId);
  if (!coupon) return "UNKNOWN_COUPON";
  const issued = await issuedCounts.of(couponId);
  const gate = await whenLoaded(loader, couponId, () => gateState.read(couponId));
  return gate === "UNKNOWN_COUPON" ? gate : { coupon, issued, accepted: gate.accepted, remaining: gate.remaining };
}

/** Per second, from one look to the next. */
export function ratePerSecond(before: number, after: number, elapsedMs: number): number {
  return elapsedMs <= 0 ? 0 : ((after - before) * 1_000) / elapsedMs;
}
