import type { CouponService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type ChangeUserCouponDeps, changeUserCoupon } from "../domain/change-user-coupon.ts";
import { discountOn } from "../domain/coupon.ts";
import { useOn } from "../domain/user-coupon-rules.ts";
import { userCouponMessage } from "./user-coupon-message.ts";
import { userCouponUnchanged } from "./user-coupon-unchanged.ts";
import { whileAwaited } from "./while-awaited.ts";

export function useCoupon(app: ChangeUserCouponDeps & { clock: Clock }): Handler<typeof CouponService, "useCoupon"> {
  return async ({ couponId, userId, orderId, orderAmountKrw }, ctx) => {
    const amountKrw = Number(orderAmountKrw);
    const rule = whileAwaited(useOn({ id: orderId, amountKrw }), ctx);
    const change = await changeUserCoupon(app, couponId, userId, rule, app.clock.now());
    if (change.kind !== "DONE") throw userCouponUnchanged(change, couponId, userId);
    const discountKrw = discountOn(amountKrw, change.facts.discount) ?? 0;
    return { userCoupon: userCouponMessage(change.userCoupon), discountKrw: BigInt(discountKrw) };
  };
}
