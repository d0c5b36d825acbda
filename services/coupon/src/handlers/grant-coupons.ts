import type { CouponAdminService } from "@firstcome/contracts/coupon";
import type { Handler } from "@firstcome/rpc";
import { issueCoupons, type IssueDeps } from "../domain/issue-coupon.ts";
import { couponNotFound } from "./refusals.ts";

/** Batch after batch: the stream is read no faster than the gate decides. What was given before an error stays given. */
export function grantCoupons(app: IssueDeps): Handler<typeof CouponAdminService, "grantCoupons"> {
  return async (batches, ctx) => {
    const total = { ACCEPTED: 0, ALREADY_ISSUED: 0, SOLD_OUT: 0, FINISHED: 0, NOT_OPEN: 0, PAUSED: 0 };
    for await (const { couponId, userIds } of batches) {
      const isAwaited = (): boolean => !ctx.signal.aborted;
      const decisions = await issueCoupons(app, couponId, userIds, {
        mode: "grant",
        deadline: ctx.deadline,
        isAwaited,
      });
      if (decisions === "UNKNOWN_COUPON") throw couponNotFound(couponId);
      for (const { outcome } of decisions) total[outcome] += 1;
    }
    return {
      accepted: total.ACCEPTED,
      alreadyIssued: total.ALREADY_ISSUED,
      soldOut: total.SOLD_OUT,
      finished: total.FINISHED,
    };
  };
}
