import { aborted, failedPrecondition, notFound, type RpcError, unavailable } from "@firstcome/rpc";

// The errors that several methods answer with. Their reasons are part of the contract.

export function couponNotFound(couponId: string): RpcError {
  return notFound("COUPON_NOT_FOUND", `there is no coupon ${couponId}`, { coupon_id: couponId });
}

export function userCouponNotFound(couponId: string, userId: string): RpcError {
  const facts = { coupon_id: couponId, user_id: userId };
  return notFound("USER_COUPON_NOT_FOUND", `user ${userId} has not won coupon ${couponId}`, facts);
}

/** Redis came back with older data, and the number was given twice. The row is the other user's. */
export function numberConflict(couponId: string, userId: string, issueNo: number): RpcError {
  const facts = { coupon_id: couponId, user_id: userId, issue_no: String(issueNo) };
  const message = `number ${issueNo} of coupon ${couponId} is another user's: an operator has to make it good`;
  return failedPrecondition("NUMBER_CONFLICT", message, facts);
}

export function couponFinished(couponId: string): RpcError {
  return failedPrecondition("COUPON_FINISHED", `coupon ${couponId} is finished`, { coupon_id: couponId });
}

export function requestIdReused(requestId: string): RpcError {
  const message = "this request id was used before, with other content";
  return aborted("REQUEST_ID_REUSED", message, { request_id: requestId });
}

/** A stream ends because its server does; the caller opens another. */
export function serverStopping(): RpcError {
  return unavailable("SERVER_STOPPING", "the server stops; open the stream again", 100);
}
