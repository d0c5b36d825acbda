import type { CouponAdminService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { type CouponProgress, type ProgressDeps, progressOf, ratePerSecond } from "../domain/coupon-progress.ts";
import { couponMessage } from "./coupon-message.ts";
import { couponNotFound, serverStopping } from "./refusals.ts";
import { toMs } from "./time.ts";

const DEFAULT_INTERVAL_MS = 1_000;

interface Look {
  progress: CouponProgress;
  /** On the monotonic clock, ms. */
  at: number;
}

export function watchCoupon(app: ProgressDeps & { clock: Clock }): Handler<typeof CouponAdminService, "watchCoupon"> {
  return async function* watch({ couponId, interval }, ctx) {
    const intervalMs = interval ? toMs(interval) : DEFAULT_INTERVAL_MS;
    const over = AbortSignal.any([ctx.signal, ctx.draining]);
    for (let before: Look | undefined; ;) {
      const progress = await progressOf(app, couponId, { patient: true });
      if (progress === "UNKNOWN_COUPON") throw couponNotFound(couponId);
      const look: Look = { progress, at: performance.now() };
      yield {
        coupon: couponMessage(progress.coupon, app.clock.now()),
        remaining: progress.remaining,
        accepted: progress.accepted,
        issued: progress.issued,
        ...ratesBetween(before ?? look, look),
      };
      before = look;
      // Aborted: the loop's next step says why it ends.
      await sleep(intervalMs, undefined, { signal: over }).catch(() => {});
      if (ctx.draining.aborted) throw serverStopping();
      if (ctx.signal.aborted) return;
    }
  };
}

function ratesBetween(before: Look, now: Look): { acceptedPerSecond: number; issuedPerSecond: number } {
  const elapsedMs = now.at - before.at;
  return {
    acceptedPerSecond: ratePerSecond(before.progress.accepted, now.progress.accepted, elapsedMs),
    issuedPerSecond: ratePerSecond(before.progress.issued, now.progress.issued, elapsedMs),
  };
}
