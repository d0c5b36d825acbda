import type { CouponFacts } from "./coupon.ts";
import { type FindDeps, findUserCoupon } from "./find-user-coupon.ts";
import { type IssuedCoupon, issued, type UserCoupon } from "./user-coupon.ts";
import type { UserRule, UserRuling } from "./user-coupon-rules.ts";

export type UserChange<Refusal> =
  /** The coupon is as the rule wants it: changed now, or before. */
  | { kind: "DONE"; userCoupon: UserCoupon; facts: CouponFacts }
  | { kind: "REFUSED"; why: Refusal }
  /** Won, and the row is not there yet: ask again soon. */
  | { kind: "NOT_ISSUED_YET"; userCoupon: UserCoupon }
  | { kind: "NOT_WINNER" }
  | { kind: "UNKNOWN_COUPON" };

/** Where users' coupons are changed. */
export interface UserCouponChanger {
  /**
   * Does what the rule says about the row while nobody else can change it.
   *
   * @returns the ruling and the row as it stands after it; undefined when there is no row
   */
  change<R>(
    couponId: string,
    userId: string,
    rule: (row: IssuedCoupon) => UserRuling<R>,
  ): Promise<{ ruling: UserRuling<R>; row: IssuedCoupon } | undefined>;
}

export interface ChangeUserCouponDeps extends FindDeps {
  readonly userCoupons: UserCouponChanger & FindDeps["userCoupons"];
}

/** Changes one user's coupon. */
export async function changeUserCoupon<Refusal>(
  deps: ChangeUserCouponDeps,
  couponId: string,
  userId: string,
  rule: UserRule<Refusal>,
  now: number,
): Promise<UserChange<Refusal>> {
  const facts = await deps.facts.of(couponId);
  if (!facts) return { kind: "UNKNOWN_COUPON" };
  const change = await deps.userCoupons.change(couponId, userId, (row) => rule(row, facts, now));
  if (!change) return withoutRow(deps, couponId, userId, now);
  if (change.ruling.kind === "REFUSE") return { kind: "REFUSED", why: change.ruling.why };
  return { kind: "DONE", userCoupon: issued(change.row, facts, now), facts };
}

async function withoutRow(
  deps: FindDeps,
  couponId: string,
  userId: string,
  now: number,
): Promise<{ kind: "NOT_ISSUED_YET"; userCoupon: UserCoupon } | { kind: "NOT_WINNER" } | { kind: "UNKNOWN_COUPON" }> {
  const found = await findUserCoupon(deps, couponId, userId, now);
  return typeof found === "string" ? { kind: found } : { kind: "NOT_ISSUED_YET", userCoupon: found };
}
