import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type FindDeps, findUserCoupon } from "../domain/find-user-coupon.ts";
import type { CommitWatch } from "../watch/commit-watch.ts";
import { found } from "./found.ts";
import { numberConflict, serverStopping } from "./refusals.ts";
import { userCouponMessage } from "./user-coupon-message.ts";

type WatchDeps = FindDeps & { readonly clock: Clock; readonly commitWatch: CommitWatch };

export function watchUserCoupon(app: WatchDeps): Handler<typeof CouponService, "watchUserCoupon"> {
  return async function* watch({ couponId, userId }, ctx) {
    assertActsFor(ctx, userId);
    for (let takenNo: number | undefined; ;) {
      const userCoupon = found(await findUserCoupon(app, couponId, userId, app.clock.now()), couponId, userId);
      const { issueNo } = userCoupon;
      // Asked again before it is told: the gate may have heard of another number since.
      if (userCoupon.status === "ACCEPTED" && issueNo === takenNo) throw numberConflict(couponId, userId, issueNo);
      yield { userCoupon: userCouponMessage(userCoupon) };
      if (userCoupon.status !== "ACCEPTED") return;
      const over = AbortSignal.any([ctx.signal, ctx.draining]);
      try {
        const holder = await app.commitWatch.committed(couponId, issueNo, over);
        takenNo = holder === userId ? undefined : issueNo;
      } catch (error) {
        throw ctx.draining.aborted ? serverStopping() : error;
      }
    }
  };
}
