import type { CouponAdminService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type ProgressDeps, progressOf } from "../domain/coupon-progress.ts";
import { couponMessage } from "./coupon-message.ts";
import { couponNotFound } from "./refusals.ts";

export function getCoupon(app: ProgressDeps & { clock: Clock }): Handler<typeof CouponAdminService, "getCoupon"> {
  return async ({ couponId }) => {
    const progress = await progressOf(app, couponId);
    if (progress === "UNKNOWN_COUPON") throw couponNotFound(couponId);
    const { coupon, accepted, issued } = progress;
    return { coupon: couponMessage(coupon, app.clock.now()), accepted, issued };
  };
}
