import { readEvidence } from "@firstcome/promise-check";
import type { RowDataPacket } from "mysql2/promise";
import type { Heard } from "../history/heard.ts";
import type { SaleCoupon } from "../load/sale.ts";
import { type CouponViolations, findCouponViolations, type StoredCoupon } from "./coupon-violations.ts";
import { findOrderViolations, type OrderViolations } from "./order-violations.ts";
import { readOrders } from "./read-orders.ts";
import type { Witnesses } from "./witnesses.ts";

/** A whole run held against its promises. */
export interface RunCheck {
  readonly coupons: CouponViolations;
  readonly orders: OrderViolations;
  /** Users who were told that they have won, by coupon. */
  readonly accepted: number;
  /** Rows in MySQL. */
  readonly rows: number;
  /** When the rows were written: epoch ms, ascending. */
  readonly rowsAt: readonly number[];
  /** P6: items that were given up. */
  readonly deadLetters: number;
  /** Coupons of which somebody was told that they are finished. */
  readonly finished: number;
  readonly ordersPaid: number;
  readonly ordersCancelled: number;
}

export interface RunFacts {
  readonly heard: Heard;
  readonly sold: readonly Pick<SaleCoupon, "couponId" | "quantity" | "stockedAt">[];
  readonly cancelAsked: ReadonlySet<string>;
  /** Of each product before the first order. */
  readonly stock: number;
}

/** Knows only what callers were told, MySQL and Redis. For after a run, once nothing is on its way any more. */
export async function checkRun(witnesses: Witnesses, facts: RunFacts): Promise<RunCheck> {
  const { heard, sold, cancelAsked, stock } = facts;
  let coupons = findCouponViolations(NOTHING);
  let accepted = 0;
  const rowsAt: number[] = [];
  // One after the other: the evidence of one coupon is in memory at a time.
  for (const { couponId, quantity, stockedAt } of sold) {
    const answers = heard.answersOf(couponId);
    const evidence = await readEvidence(witnesses.pool, witnesses.state, couponId);
    const found = findCouponViolations({
      ...evidence,
      quantity,
      stockedAt,
      heard: answers,
      denied: heard.deniedOf(couponId),
      granted: heard.grantedOf(couponId),
      revoked: heard.revokedOf(couponId),
      revokeAsked: heard.revokeAskedOf(couponId),
      revokedRows: await readRevoked(witnesses, couponId),
      end: heard.endOf(couponId),
      stored: await readCoupon(witnesses, couponId),
    });
    coupons = add(coupons, found);
    accepted += new Set(answers.flatMap(({ userId, answer }) => ("issueNo" in answer ? [userId] : []))).size;
    for (const { issuedAt } of evidence.rows) rowsAt.push(issuedAt);
  }
  const stored = await readOrders(witnesses, stock);
  const { deadLetters } = await witnesses.handoff.stats();
  return {
    coupons,
    orders: findOrderViolations({ ...stored, heard: heard.orders, cancelAsked }),
    accepted,
    rows: rowsAt.length,
    rowsAt: rowsAt.toSorted((one, other) => one - other),
    deadLetters,
    finished: sold.filter(({ couponId }) => heard.endOf(couponId).toldAt !== undefined).length,
    ordersPaid: stored.orders.filter(({ status }) => status === "PAID").length,
    ordersCancelled: stored.orders.filter(({ status }) => status === "CANCELLED").length,
  };
}

const NOBODY: ReadonlySet<string> = new Set();
const NOTHING = {
  quantity: 0,
  stockedAt: undefined,
  heard: [],
  denied: NOBODY,
  granted: NOBODY,
  revoked: NOBODY,
  revokeAsked: NOBODY,
  revokedRows: NOBODY,
  end: { asked: false, toldAt: undefined, changesAskedAt: [] },
  stored: { finished: false, quantity: 0 },
  rows: [],
  winners: new Map<string, number>(),
};

async function readRevoked({ pool }: Witnesses, couponId: string): Promise<Set<string>> {
  const [rows] = await pool.query<(RowDataPacket & { userId: string })[]>(
    "SELECT user_id AS userId FROM user_coupon WHERE coupon_id = ? AND status = 'REVOKED'",
    [couponId],
  );
  return new Set(rows.map(({ userId }) => userId));
}

async function readCoupon({ pool }: Witnesses, couponId: string): Promise<StoredCoupon> {
  const [[coupon]] = await pool.query<(RowDataPacket & { status: string; quantity: number | string })[]>(
    "SELECT status, quantity FROM coupon WHERE id = ?",
    [couponId],
  );
  return { finished: coupon?.status === "FINISHED", quantity: Number(coupon?.quantity) };
}

function add(one: CouponViolations, other: CouponViolations): CouponViolations {
  const names = Object.keys(one) as (keyof CouponViolations)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as CouponViolations;
}
