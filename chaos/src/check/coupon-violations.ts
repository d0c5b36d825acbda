import { findViolations, type StoredEvidence, type Violations } from "@firstcome/promise-check";
import type { HeardAnswer } from "../history/heard.ts";

/** What is known of one coupon afterwards. */
export interface CouponEvidence extends StoredEvidence {
  readonly quantity: number;
  readonly heard: readonly HeardAnswer[];
  /** Users who were told that they do not have the coupon when they ordered with it. */
  readonly denied: ReadonlySet<string>;
}

/** How often each promise about coupons was broken. All 0: kept. */
export interface CouponViolations extends Violations {
  /** P3: users who were told another time of acceptance than their row has. */
  readonly timeMismatches: number;
  /** P6: users who have won, or were told so, and were told the contrary as well. */
  readonly secondThoughts: number;
  /** P3: numbers that nobody got although users were told that it is sold out. */
  readonly heldBack: number;
}

/** Compares what callers were told with what the stores hold. Pure; knows nothing of how coupons are issued. */
export function findCouponViolations({ quantity, heard, denied, rows, winners }: CouponEvidence): CouponViolations {
  const told = heard.flatMap(({ userId, answer }) => ("issueNo" in answer ? [{ userId, ...answer }] : []));
  const lost = heard.filter(({ answer }) => !("issueNo" in answer));
  const winning = new Set([...rows, ...told].map(({ userId }) => userId));
  // Whoever was told so had lost for good: none of these coupons gets more stock, and none is paused.
  const toldOtherwise = new Set([...lost.map(({ userId }) => userId), ...denied]);
  const acceptedAt = new Map(rows.map((row) => [row.userId, row.acceptedAt]));
  const mistimed = told.filter((answer) => (acceptedAt.get(answer.userId) ?? answer.acceptedAt) !== answer.acceptedAt);
  const wasSoldOut = lost.some(({ answer }) => answer.outcome === "SOLD_OUT");
  return {
    ...findViolations({ quantity, told, rows, winners }),
    timeMismatches: new Set(mistimed.map(({ userId }) => userId)).size,
    secondThoughts: [...toldOtherwise].filter((userId) => winning.has(userId)).length,
    heldBack: wasSoldOut ? Math.max(quantity - rows.length, 0) : 0,
  };
}
