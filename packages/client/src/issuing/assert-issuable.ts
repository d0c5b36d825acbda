import { type FieldViolation, invalidArgument } from "@firstcome/rpc";

/** As in the contract. One request that breaks these would fail, on the stream, all those that it travels with. */
const USER_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const COUPON_ID = /^[1-9][0-9]{0,18}$/;
const MAX_INT64 = 2n ** 63n - 1n;

/** @throws RpcError INVALID_ARGUMENT that names the bad fields */
export function assertIssuable(couponId: string, userId: string): void {
  const goodCoupon = isCouponId(couponId);
  const goodUser = isUserId(userId);
  if (goodCoupon && goodUser) return;
  const violations: FieldViolation[] = [];
  if (!goodCoupon) violations.push({ field: "coupon_id", description: "must be a positive int64", rule: "int64.gt" });
  if (!goodUser) {
    violations.push({ field: "user_id", description: `must match \`${USER_ID.source}\``, rule: "string.pattern" });
  }
  throw invalidArgument(violations);
}

/** Not typed as what callers should pass: JavaScript's may pass numbers, which a pattern alone would let through. */
function isUserId(id: unknown): boolean {
  return typeof id === "string" && USER_ID.test(id);
}

function isCouponId(id: unknown): boolean {
  return typeof id === "string" && COUPON_ID.test(id) && (id.length < 19 || BigInt(id) <= MAX_INT64);
}
