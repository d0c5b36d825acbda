import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import { issueCoupon as issue, type IssueDeps } from "../domain/issue-coupon.ts";
import { decisionMessage } from "./decision-message.ts";
import { couponNotFound } from "./refusals.ts";

export function issueCoupon(app: IssueDeps): Handler<typeof CouponService, "issueCoupon"> {
  return async ({ couponId, userId }, ctx) => {
    assertActsFor(ctx, userId);
    const decision = await issue(app, couponId, userId, ctx.deadline);
    if (decision === "UNKNOWN_COUPON") throw couponNotFound(couponId);
    return decisionMessage(decision);
  };
}
