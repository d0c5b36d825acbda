import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { implement, type ServiceImplementation } from "@firstcome/rpc";
import type { App } from "../app.ts";
import type { UserRate } from "../domain/user-rate.ts";
import { addStock } from "./add-stock.ts";
import { answering, streaming } from "./answering.ts";
import { atUserRate } from "./at-user-rate.ts";
import { createCoupon } from "./create-coupon.ts";
import { finishCoupon } from "./finish-coupon.ts";
import { getCoupon } from "./get-coupon.ts";
import { getUserCoupon } from "./get-user-coupon.ts";
import { grantCoupons } from "./grant-coupons.ts";
import { issueCoupon } from "./issue-coupon.ts";
import { issueCoupons } from "./issue-coupons.ts";
import { listCoupons } from "./list-coupons.ts";
import { listUserCoupons } from "./list-user-coupons.ts";
import { pauseCoupon } from "./pause-coupon.ts";
import { rebuildGate } from "./rebuild-gate.ts";
import { restoreCoupon } from "./restore-coupon.ts";
import { resumeCoupon } from "./resume-coupon.ts";
import { revokeUserCoupon } from "./revoke-user-coupon.ts";
import { useCoupon } from "./use-coupon.ts";
import { watchCoupon } from "./watch-coupon.ts";
import { watchUserCoupon } from "./watch-user-coupon.ts";

/** All methods of the coupon service. */
export function couponServices(app: App, issueRate?: UserRate): ServiceImplementation[] {
  return [
    implement(CouponService, {
      issueCoupon: answering(atUserRate(issueRate, issueCoupon(app))),
      issueCoupons: answering(issueCoupons(app)),
      getUserCoupon: answering(getUserCoupon(app)),
      listUserCoupons: answering(listUserCoupons(app)),
      watchUserCoupon: streaming(watchUserCoupon(app)),
      useCoupon: answering(useCoupon(app)),
      restoreCoupon: answering(restoreCoupon(app)),
    }),
    implement(CouponAdminService, {
      createCoupon: answering(createCoupon(app)),
      getCoupon: answering(getCoupon(app)),
      listCoupons: answering(listCoupons(app)),
      addStock: answering(addStock(app)),
      pauseCoupon: answering(pauseCoupon(app)),
      resumeCoupon: answering(resumeCoupon(app)),
      finishCoupon: answering(finishCoupon(app)),
      revokeUserCoupon: answering(revokeUserCoupon(app)),
      watchCoupon: streaming(watchCoupon(app)),
      rebuildGate: answering(rebuildGate(app)),
      grantCoupons: answering(grantCoupons(app)),
    }),
  ];
}
