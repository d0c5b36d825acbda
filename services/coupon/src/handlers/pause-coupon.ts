import type { CouponAdminService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type ChangeDeps, changeCoupon } from "../domain/change-coupon.ts";
import { pause } from "../domain/coupon-rules.ts";
import { changed } from "./changed.ts";
import { couponMessage } from "./coupon-message.ts";

export function pauseCoupon(app: ChangeDeps & { clock: Clock }): Handler<typeof CouponAdminService, "pauseCoupon"> {
  return async ({ couponId }) => {
    const now = app.clock.now();
    const coupon = changed(await changeCoupon(app, couponId, pause, now), { couponId });
    return { coupon: couponMessage(coupon, now) };
  };
}
