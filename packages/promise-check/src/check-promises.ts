import type { CouponState } from "@firstcome/redis";
import type { Pool } from "mysql2/promise";
import { findViolations } from "./find-violations.ts";
import type { Told, Violations } from "./find-violations.ts";
import { readEvidence } from "./read-evidence.ts";

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
  const { rows, winners } = await readEvidence(pool, state, couponId);
  const times = rows.map(({ issuedAt }) => issuedAt);
  const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const last = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  return {
    ...findViolations({ quantity, told, rows, winners }),
    rows: rows.length,
    issuedLagMs: rows.map(({ acceptedAt, issuedAt }) => issuedAt - acceptedAt),
    committingMs: rows.length > 0 ? last - first : 0,
  };
}
