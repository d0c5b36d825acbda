import type { CouponAdminService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type ChangeDeps, changeCoupon } from "../domain/change-coupon.ts";
import { addStock as add } from "../domain/coupon-rules.ts";
import { changed } from "./changed.ts";
import { couponMessage } from "./coupon-message.ts";

export function addStock(app: ChangeDeps & { clock: Clock }): Handler<typeof CouponAdminService, "addStock"> {
  return async ({ requestId, couponId, quantity }) => {
    const now = app.clock.now();
    const request = { method: "AddStock", requestId, content: { couponId, quantity } } as const;
    const coupon = changed(await changeCoupon(app, couponId, add(quantity), now, request), { couponId, requestId });
    return { coupon: couponMessage(coupon, now) };
  };
}
