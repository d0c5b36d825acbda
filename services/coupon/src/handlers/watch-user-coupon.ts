import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type FindDeps, findUserCoupon } from "../domain/find-user-coupon.ts";
import type { CommitWatch } from "../watch/commit-watch.ts";
import { found } from "./found.ts";
import { serverStopping } from "./refusals.ts";
import { userCouponMessage } from "./user-coupon-message.ts";

type WatchDeps = FindDeps & { readonly clock: Clock; readonly commitWatch: CommitWatch };

export function watchUserCoupon(app: WatchDeps): Handler<typeof CouponService, "watchUserCoupon"> {
  return async function* watch({ couponId, userId }, ctx) {
    assertActsFor(ctx, userId);
    for (;;) {
      const userCoupon = found(await findUserCoupon(app, couponId, userId, app.clock.now()), couponId, userId);
      yield { userCoupon: userCouponMessage(userCoupon) };
      if (userCoupon.status !== "ACCEPTED") return;
      const over = AbortSignal.any([ctx.signal, ctx.draining]);
      try {
        await app.commitWatch.committed(couponId, userCoupon.issueNo, over);
      } catch (error) {
        throw ctx.draining.aborted ? serverStopping() : error;
      }
    }
  };
}
