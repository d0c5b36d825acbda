import type { CouponFacts } from "./coupon.ts";
import { UnavailableError } from "./faults.ts";
import { accepted, type IssuedCoupon, issued, type UserCoupon, type Win } from "./user-coupon.ts";
import { type Loader, whenLoaded } from "./when-loaded.ts";

export type Finding = UserCoupon | "UNKNOWN_COUPON" | "NOT_WINNER";

export interface FindDeps {
  readonly loader: Loader;
  readonly gateState: { findWinner(couponId: string, userId: string): Promise<Win | "NOT_WINNER" | "NOT_LOADED"> };
  readonly userCoupons: { find(couponId: string, userId: string): Promise<IssuedCoupon | undefined> };
  /** Undefined: there is no such coupon. Answers from memory what it has met before. */
  readonly facts: { of(couponId: string): Promise<CouponFacts | undefined> };
}

/**
 * One user's coupon. The gate says who has won, so that those who have not never reach the database; the row says what
 * became of it since. Of a complete coupon that the gate does not hold, the row says both.
 *
 * With the gate away, a row still answers. With the database away, a winner is told ACCEPTED, of a coupon whose facts are
 * remembered: no more is known.
 *
 * @throws UnavailableError when neither can tell, or the facts cannot be had
 */
export async function findUserCoupon(deps: FindDeps, couponId: string, userId: string, now: number): Promise<Finding> {
  const win = await unlessAway(
    "GATE",
    whenLoaded(deps.loader, couponId, () => deps.gateState.findWinner(couponId, userId)),
  );
  if (win === "UNKNOWN_COUPON" || win === "NOT_WINNER") return win;
  if (win === "COMPLETE") return byItsRow(deps, couponId, userId, now);

  const row = await unlessAway("DATABASE", deps.userCoupons.find(couponId, userId));
  const gateIsAway = win instanceof UnavailableError;
  const databaseIsAway = row instanceof UnavailableError;
  if (gateIsAway && (databaseIsAway || !row)) throw win;

  const facts = await deps.facts.of(couponId);
  if (!facts) return "UNKNOWN_COUPON";
  if (row && !databaseIsAway) return issued(row, facts, now);
  if (gateIsAway) throw win;
  return accepted(userId, win, facts);
}

async function byItsRow(deps: FindDeps, couponId: string, userId: string, now: number): Promise<Finding> {
  const row = await deps.userCoupons.find(couponId, userId);
  if (!row) return "NOT_WINNER";
  const facts = await deps.facts.of(couponId);
  return facts ? issued(row, facts, now) : "UNKNOWN_COUPON";
}

/** What a store answers, or the error that says that this store is away. */
async function unlessAway<T>(store: UnavailableError["store"], answer: Promise<T>): Promise<T | UnavailableError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UnavailableError && error.store === store) return error;
    throw error;
  }
}
