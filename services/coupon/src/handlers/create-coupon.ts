import type { CouponAdminService } from "@firstcome/contracts/coupon";
import { type Handler, invalidArgument } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { type CouponMaker, type CouponOrder, draftCoupon } from "../domain/create-coupon.ts";
import { OverloadedError, UnavailableError } from "../domain/faults.ts";
import type { Loader } from "../domain/when-loaded.ts";
import { couponMessage, fromDiscountMessage } from "./coupon-message.ts";
import { requestIdReused } from "./refusals.ts";
import { toMs } from "./time.ts";

interface CreateDeps {
  readonly clock: Clock;
  readonly coupons: CouponMaker;
  readonly unknown: { made(couponId: string): void };
  readonly loader: Loader;
}

export function createCoupon(app: CreateDeps): Handler<typeof CouponAdminService, "createCoupon"> {
  return async ({ requestId, name, quantity, opensAt, closesAt, discount, validFor }, ctx) => {
    if (!discount) throw new Error("the contract requires a discount");
    const now = app.clock.now();
    const order: CouponOrder = {
      name,
      quantity,
      opensAt: opensAt && toMs(opensAt),
      closesAt: closesAt && toMs(closesAt),
      discount: fromDiscountMessage(discount),
      validForMs: validFor && toMs(validFor),
    };
    const creation = await app.coupons.create(requestId, order, () => draftCoupon(order, now));
    if (creation.kind === "INVALID") throw invalidArgument(creation.violations);
    if (creation.kind === "REQUEST_ID_REUSED") throw requestIdReused(requestId);
    const { coupon } = creation;
    app.unknown.made(coupon.id);
    await app.loader.load(coupon.id, { users: 1 }).catch((error: unknown) => {
      // It is created all the same, and loads itself when it is first asked for.
      if (!(error instanceof UnavailableError) && !(error instanceof OverloadedError)) throw error;
      ctx.log.warn({ err: error, couponId: coupon.id }, "a new coupon is not in the gate yet");
    });
    return { coupon: couponMessage(coupon, now) };
  };
}
