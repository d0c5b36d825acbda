import { aborted, failedPrecondition, notFound, type RpcError } from "@firstcome/rpc";
import type { CouponRefusal } from "../domain/coupons.ts";

// The errors that several methods answer with. Their reasons are part of the contract.

export function orderNotFound(orderId: string): RpcError {
  return notFound("ORDER_NOT_FOUND", `there is no order ${orderId} of this user`, { order_id: orderId });
}

export function productNotFound(productId: string): RpcError {
  return notFound("PRODUCT_NOT_FOUND", `there is no product ${productId}`, { product_id: productId });
}

export function requestIdReused(requestId: string): RpcError {
  const message = "this request id was used before, with other content";
  return aborted("REQUEST_ID_REUSED", message, { request_id: requestId });
}

/** Why a coupon cannot be used on an order. */
export function couponRefused(why: CouponRefusal): RpcError {
  return why === "USER_COUPON_NOT_FOUND" ? notFound(why, MESSAGES[why]) : failedPrecondition(why, MESSAGES[why]);
}

const MESSAGES: Record<CouponRefusal, string> = {
  USER_COUPON_NOT_FOUND: "the user does not have this coupon",
  USER_COUPON_USED: "the coupon is used on an order",
  USER_COUPON_EXPIRED: "the coupon's validity is over",
  USER_COUPON_REVOKED: "the coupon was taken back",
  ORDER_BELOW_MINIMUM: "the order is too small for this coupon",
};
