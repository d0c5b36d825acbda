import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import { type Decision, issueCoupon as issue, type IssueDeps } from "../domain/issue-coupon.ts";
import { decisionMessage, type IssueCouponResponse } from "./decision-message.ts";
import { couponNotFound } from "./refusals.ts";

export function issueCoupon(app: IssueDeps): Handler<typeof CouponService, "issueCoupon"> {
  return ({ couponId, userId }, ctx) => {
    assertActsFor(ctx, userId);
    const answer = (decision: Decision | "UNKNOWN_COUPON"): IssueCouponResponse => {
      if (decision === "UNKNOWN_COUPON") throw couponNotFound(couponId);
      return decisionMessage(decision);
    };
    const decided = issue(app, couponId, userId, ctx.deadline);
    return decided instanceof Promise ? decided.then(answer) : decisionMessage(decided);
  };
}
