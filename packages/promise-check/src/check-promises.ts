import type { CouponState } from "@firstcome/redis";
import type { Pool, RowDataPacket } from "mysql2/promise";
import { findViolations } from "./find-violations.ts";
import type { Told, Violations } from "./find-violations.ts";

/** One coupon held against its promises. */
export interface CouponCheck extends Violations {
  /** Rows in MySQL. */
  readonly rows: number;
  /** From acceptance to the committed row, in ms, for each row. */
  readonly issuedLagMs: readonly number[];
  /** Between the first and the last committed row, in ms. */
  readonly committingMs: number;
}

/**
 * Holds one coupon against its promises, by what callers were told, what MySQL holds and what Redis holds. Reads every row,
 * so it is for after a run, once all is written.
 */
export async function checkPromises(options: {
  readonly pool: Pool;
  readonly state: CouponState;
  readonly couponId: string;
  readonly quantity: number;
  readonly told: readonly Told[];
}): Promise<CouponCheck> {
  const { pool, state, couponId, quantity, told } = options;
  const [rows] = await pool.query<CouponRow[]>(
    `SELECT user_id AS userId, issue_no AS issueNo,
            TIMESTAMPDIFF(MICROSECOND, accepted_at, issued_at) AS lagMicros,
            UNIX_TIMESTAMP(issued_at) * 1000 AS issuedAtMs
       FROM user_coupon WHERE coupon_id = ?`,
    [couponId],
  );
  const winners = new Map<string, number>();
  for await (const chunk of state.winners(couponId)) {
    for (const { userId, issueNo } of chunk) winners.set(userId, issueNo);
  }
  const times = rows.map(({ issuedAtMs }) => Number(issuedAtMs));
  const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const last = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  return {
    ...findViolations({ quantity, told, rows, winners }),
    rows: rows.length,
    issuedLagMs: rows.map(({ lagMicros }) => Number(lagMicros) / 1_000),
    committingMs: rows.length > 0 ? last - first : 0,
  };
}

interface CouponRow extends RowDataPacket {
  readonly userId: string;
  readonly issueNo: number;
  readonly lagMicros: string | number;
  readonly issuedAtMs: string | number;
}
