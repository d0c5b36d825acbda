import { failedPrecondition, type RpcError } from "@firstcome/rpc";
import type { Change } from "../domain/change-coupon.ts";
import type { Coupon } from "../domain/coupon.ts";
import { MAX_QUANTITY } from "../domain/coupon-rules.ts";
import { couponFinished, couponNotFound, requestIdReused } from "./refusals.ts";

/** The coupon after a change; throws the status of a change that was not made. */
export function changed(
  change: Change,
  { couponId, requestId = "" }: { couponId: string; requestId?: string },
): Coupon {
  if (change.kind === "DONE") return change.coupon;
  if (change.kind === "UNKNOWN_COUPON") throw couponNotFound(couponId);
  if (change.kind === "REQUEST_ID_REUSED") throw requestIdReused(requestId);
  throw change.why === "COUPON_FINISHED" ? couponFinished(couponId) : tooLarge(couponId);
}

function tooLarge(couponId: string): RpcError {
  const message = `a coupon has at most ${MAX_QUANTITY} pieces`;
  return failedPrecondition("QUANTITY_TOO_LARGE", message, { coupon_id: couponId });
}
