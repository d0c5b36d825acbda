import type { CouponService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type ChangeUserCouponDeps, changeUserCoupon } from "../domain/change-user-coupon.ts";
import { restoreFrom } from "../domain/user-coupon-rules.ts";
import { userCouponMessage } from "./user-coupon-message.ts";
import { userCouponUnchanged } from "./user-coupon-unchanged.ts";
import { whileAwaited } from "./while-awaited.ts";

type RestoreDeps = ChangeUserCouponDeps & { readonly clock: Clock };

export function restoreCoupon(app: RestoreDeps): Handler<typeof CouponService, "restoreCoupon"> {
  return async ({ couponId, userId, orderId }, ctx) => {
    const rule = whileAwaited(restoreFrom(orderId), ctx);
    const change = await changeUserCoupon(app, couponId, userId, rule, app.clock.now());
    // Without a row no order can hold it: it stays as it is.
    if (change.kind === "DONE" || change.kind === "NOT_ISSUED_YET") {
      return { userCoupon: userCouponMessage(change.userCoupon) };
    }
    throw userCouponUnchanged(change, couponId, userId);
  };
}
