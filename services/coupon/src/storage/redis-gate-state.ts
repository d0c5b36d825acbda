import type { CouponState } from "@firstcome/redis";
import type { ProgressDeps } from "../domain/coupon-progress.ts";
import type { FindDeps } from "../domain/find-user-coupon.ts";
import type { TermsKeeper } from "../domain/publish-terms.ts";
import { toTerms } from "./coupon-terms.ts";
import { askRedis } from "./faults.ts";

export type GateState = FindDeps["gateState"] & ProgressDeps["gateState"] & TermsKeeper;

/** What the gate in Redis holds of coupons, outside the race. */
export function redisGateState(state: CouponState): GateState {
  return {
    findWinner: (couponId, userId) => askRedis(() => state.findWinner(couponId, userId)),
    read: (couponId) => askRedis(async () => (await state.read(couponId)) ?? "NOT_LOADED"),
    sync: (coupon) => askRedis(() => state.sync(toTerms(coupon))),
  };
}
