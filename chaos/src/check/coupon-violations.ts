import { findViolations, type StoredEvidence, type Violations } from "@firstcome/promise-check";
import type { HeardAnswer, HeardEnd } from "../history/heard.ts";

/** What is known of one coupon afterwards. */
export interface CouponEvidence extends StoredEvidence {
  /** With all that was added. */
  readonly quantity: number;
  /** When an operator was last told that stock was added, epoch ms; undefined: never. */
  readonly stockedAt: number | undefined;
  readonly heard: readonly HeardAnswer[];
  /** Users of whom it was told that they do not have the coupon: to them when they ordered with it, or to an operator. */
  readonly denied: ReadonlySet<string>;
  /** Users to whom an operator gave it, and from whom one took it, and was told that it is done. */
  readonly granted: ReadonlySet<string>;
  readonly revoked: ReadonlySet<string>;
  /** Users from whom an operator asked to take it, whatever came of it. */
  readonly revokeAsked: ReadonlySet<string>;
  /** Users whose row says that it was taken from them. */
  readonly revokedRows: ReadonlySet<string>;
  readonly end: HeardEnd;
  /** How the coupon itself stands in MySQL. */
  readonly stored: StoredCoupon;
}

export interface StoredCoupon {
  readonly finished: boolean;
  readonly quantity: number;
}

/** How often each promise about coupons was broken. All 0: kept. */
export interface CouponViolations extends Violations {
  /** P3: users who were told another time of acceptance than their row has. */
  readonly timeMismatches: number;
  /** P6: users who have won, or were told so, and were told the contrary as well. */
  readonly secondThoughts: number;
  /** P3: numbers that nobody got although users were told that it is sold out, or is finished, for which nobody had asked. */
  readonly heldBack: number;
  /** Users who have a coupon that was taken from them. */
  readonly notRevoked: number;
  /** Users from whom the coupon was taken although nobody asked. */
  readonly revokedUnasked: number;
  /** Users who were accepted after somebody had been told that the coupon is finished. */
  readonly acceptedAfterEnd: number;
  /** Changes of the coupon that were asked for after that, and made. */
  readonly changedAfterEnd: number;
  /** 1: somebody was told that it is finished, and it is not. */
  readonly notFinished: number;
  /** 1: it has not the pieces that operators were told it has. */
  readonly quantityMismatches: number;
}

/** Compares what callers were told with what the stores hold. Pure; knows nothing of how coupons are issued. */
export function findCouponViolations(evidence: CouponEvidence): CouponViolations {
  const { quantity, heard, rows, winners, granted, revoked, revokeAsked, revokedRows, end, stored } = evidence;
  const { toldAt: endedAt = Number.POSITIVE_INFINITY } = end;
  const told = heard.flatMap(({ userId, answer }) => ("issueNo" in answer ? [{ userId, ...answer }] : []));
  const acceptedAt = new Map(rows.map((row) => [row.userId, row.acceptedAt]));
  const mistimed = told.filter((answer) => (acceptedAt.get(answer.userId) ?? answer.acceptedAt) !== answer.acceptedAt);
  const found = findViolations({ quantity, told, rows, winners });
  // Those whom the gate knows, or who were told a number, are among the lost already.
  const known = new Set([...rows.map(({ userId }) => userId), ...told.map(({ userId }) => userId), ...winners.keys()]);
  return {
    ...found,
    lost: found.lost + [...granted].filter((userId) => !known.has(userId)).length,
    timeMismatches: new Set(mistimed.map(({ userId }) => userId)).size,
    secondThoughts: countSecondThoughts(evidence, told),
    heldBack:
      wasSoldOut(evidence) || (endedAt < Number.POSITIVE_INFINITY && !end.asked)
        ? Math.max(quantity - rows.length, 0)
        : 0,
    notRevoked: [...revoked].filter((userId) => !revokedRows.has(userId)).length,
    revokedUnasked: [...revokedRows].filter((userId) => !revokeAsked.has(userId)).length,
    // By the clock of Redis, which is that of this machine. Whoever was told a number and has no row is among the lost.
    acceptedAfterEnd: rows.filter((row) => row.acceptedAt > endedAt).length,
    changedAfterEnd: end.changesAskedAt.filter((askedAt) => askedAt > endedAt).length,
    notFinished: end.toldAt !== undefined && !stored.finished ? 1 : 0,
    quantityMismatches: stored.quantity === quantity ? 0 : 1,
  };
}

function countSecondThoughts(
  { heard, rows, denied, stockedAt }: CouponEvidence,
  told: readonly { userId: string; acceptedAt: number }[],
): number {
  const wonAt = new Map([...told, ...rows].map(({ userId, acceptedAt }) => [userId, acceptedAt]));
  const deniedLater = heard.filter(({ userId, answer, askedAt }) => {
    const at = wonAt.get(userId);
    if ("issueNo" in answer || at === undefined) return false;
    // Whoever is told so may win later: when the coupon goes on, or gets more stock. All else is final.
    const mayWinLater = answer.outcome === "PAUSED" || (answer.outcome === "SOLD_OUT" && stockedAt !== undefined);
    return mayWinLater ? askedAt > at : true;
  });
  const users = new Set([...deniedLater.map(({ userId }) => userId), ...denied]);
  return [...users].filter((userId) => wonAt.has(userId)).length;
}

/** Somebody heard it when whoever tells it must have known of all the stock. */
function wasSoldOut({ heard, stockedAt }: CouponEvidence): boolean {
  const since = stockedAt === undefined ? 0 : stockedAt + STOCK_IS_KNOWN_MS;
  return heard.some(({ answer, askedAt }) => answer.outcome === "SOLD_OUT" && askedAt >= since);
}

/** A coupon service that answers for a closed gate looks at Redis several times a second, and never goes by a look older than one. */
const STOCK_IS_KNOWN_MS = 2_000;
