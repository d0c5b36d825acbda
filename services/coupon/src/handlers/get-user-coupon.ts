import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type FindDeps, findUserCoupon } from "../domain/find-user-coupon.ts";
import { found } from "./found.ts";
import { userCouponMessage } from "./user-coupon-message.ts";

export function getUserCoupon(app: FindDeps & { clock: Clock }): Handler<typeof CouponService, "getUserCoupon"> {
  return async ({ couponId, userId }, ctx) => {
    assertActsFor(ctx, userId);
    const userCoupon = found(await findUserCoupon(app, couponId, userId, app.clock.now()), couponId, userId);
    return { userCoupon: userCouponMessage(userCoupon) };
  };
}
