import type { CouponState } from "@firstcome/redis";
import type { Pool, RowDataPacket } from "mysql2/promise";
import type { Evidence } from "./find-violations.ts";

/** A row of `user_coupon`. Times are epoch ms. */
export interface WrittenCoupon {
  readonly userId: string;
  readonly issueNo: number;
  readonly acceptedAt: number;
  readonly issuedAt: number;
}

/** What the two stores hold of a coupon. */
export interface StoredEvidence extends Pick<Evidence, "winners"> {
  readonly rows: readonly WrittenCoupon[];
}

/** Reads every row and every winner of a coupon, so it is for after a run, once all is written. */
export async function readEvidence(pool: Pool, state: CouponState, couponId: string): Promise<StoredEvidence> {
  const [rows] = await pool.query<CouponRow[]>(
    `SELECT user_id AS userId, issue_no AS issueNo,
            UNIX_TIMESTAMP(accepted_at) * 1000 AS acceptedAt,
            UNIX_TIMESTAMP(issued_at) * 1000 AS issuedAt
       FROM user_coupon WHERE coupon_id = ?`,
    [couponId],
  );
  const winners = new Map<string, number>();
  for await (const chunk of state.winners(couponId)) {
    for (const { userId, issueNo } of chunk) winners.set(userId, issueNo);
  }
  return {
    rows: rows.map(({ userId, issueNo, acceptedAt, issuedAt }) => ({
      userId,
      issueNo,
      acceptedAt: Number(acceptedAt),
      issuedAt: Number(issuedAt),
    })),
    winners,
  };
}

interface CouponRow extends RowDataPacket {
  readonly userId: string;
  readonly issueNo: number;
  readonly acceptedAt: string | number;
  readonly issuedAt: string | number;
}
