import type { CouponAdminService } from "@firstcome/contracts/coupon";
import { aborted, type Handler } from "@firstcome/rpc";
import type { Rebuilder } from "../domain/when-loaded.ts";
import { couponNotFound } from "./refusals.ts";

export function rebuildGate(app: { loader: Rebuilder }): Handler<typeof CouponAdminService, "rebuildGate"> {
  return async ({ couponId }, ctx) => {
    const rebuild = await app.loader.rebuild(couponId);
    if (rebuild === "UNKNOWN_COUPON") throw couponNotFound(couponId);
    if (rebuild === "LOADING_ELSEWHERE") {
      throw aborted("GATE_LOADING", "somebody else is loading this coupon", { coupon_id: couponId });
    }
    const { winners, nextNo } = rebuild;
    ctx.log.info({ couponId, winners, nextNo }, "the gate of a coupon is rebuilt");
    return { winners, nextIssueNo: nextNo };
  };
}
