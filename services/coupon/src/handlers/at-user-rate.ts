import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, type Handler, resourceExhausted } from "@firstcome/rpc";
import type { UserRate } from "../domain/user-rate.ts";
import { UserRates } from "../domain/user-rate.ts";

type IssueCoupon = Handler<typeof CouponService, "issueCoupon">;

/**
 * Holds users to a rate before they reach the gate. Each process counts for itself: a count that all of them share would
 * cost every call another round trip.
 *
 * @param rate undefined: the handler as it is
 */
export function atUserRate(rate: UserRate | undefined, handler: IssueCoupon): IssueCoupon {
  if (!rate) return handler;
  const rates = new UserRates(rate);
  return async (request, ctx) => {
    // First, so that nobody uses up what is another's.
    assertActsFor(ctx, request.userId);
    const tooSoonMs = rates.ask(request.userId, performance.now());
    if (tooSoonMs > 0) throw resourceExhausted("RATE_LIMITED", "this user asks too often", Math.ceil(tooSoonMs));
    return handler(request, ctx);
  };
}
