import type { CouponAdminService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type ChangeUserCouponDeps, changeUserCoupon } from "../domain/change-user-coupon.ts";
import { revoke } from "../domain/user-coupon-rules.ts";
import { userCouponMessage } from "./user-coupon-message.ts";
import { userCouponUnchanged } from "./user-coupon-unchanged.ts";

type RevokeDeps = ChangeUserCouponDeps & { readonly clock: Clock };

export function revokeUserCoupon(app: RevokeDeps): Handler<typeof CouponAdminService, "revokeUserCoupon"> {
  return async ({ couponId, userId, reason }, ctx) => {
    const change = await changeUserCoupon(app, couponId, userId, revoke(reason), app.clock.now());
    if (change.kind !== "DONE") throw userCouponUnchanged(change, couponId, userId);
    ctx.log.info({ couponId, userId, reason }, "a user coupon is revoked");
    return { userCoupon: userCouponMessage(change.userCoupon) };
  };
}
