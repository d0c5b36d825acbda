import type { CouponState, ReplicatedTerms, SyncResult } from "@firstcome/redis";
import type { ProgressDeps } from "../domain/coupon-progress.ts";
import type { FindDeps } from "../domain/find-user-coupon.ts";
import type { GateClock } from "../domain/gate-clock.ts";
import type { TermsKeeper } from "../domain/publish-terms.ts";
import { toTerms } from "./coupon-terms.ts";
import { askRedis } from "./faults.ts";

export type GateState = FindDeps["gateState"] & ProgressDeps["gateState"] & TermsKeeper & GateClock;

export interface RedisGateStateOptions {
  readonly state: CouponState;
  /** Who knows what replicas have, where these are waited for: no other number and no other change may be told to anybody. */
  readonly replicated?: (Pick<GateState, "findWinner"> & Pick<ReplicatedTerms, "sync">) | undefined;
  /** Told of a coupon whose terms have, or may have, changed there. */
  readonly onSynced: (couponId: string) => void;
}

/** What the gate in Redis holds of coupons, outside the race. */
export function redisGateState({ state, replicated, onSynced }: RedisGateStateOptions): GateState {
  return {
    findWinner: (couponId, userId) =>
      replicated ? replicated.findWinner(couponId, userId) : askRedis(() => state.findWinner(couponId, userId)),
    read: (couponId) => askRedis(async () => (await state.read(couponId)) ?? "NOT_LOADED"),
    now: (couponId) => askRedis(() => state.now(couponId)),
    async sync(coupon) {
      let result: SyncResult | undefined;
      try {
        return (result = await askRedis(() => (replicated ?? state).sync(toTerms(coupon))));
      } finally {
        if (result !== "STALE") onSynced(coupon.id);
      }
    },
  };
}
