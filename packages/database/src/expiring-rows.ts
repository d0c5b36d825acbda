import type { Pool, ResultSetHeader, RowDataPacket } from "mysql2/promise";

/** A coupon whose users' coupons expire. */
export interface ExpiringCoupon {
  id: string;
  /** From acceptance, in ms. */
  validForMs: number;
  /** Rows up to this number have been looked at after they had expired. */
  expiredNo: number;
}

/**
 * Marks rows of `user_coupon` as expired. Numbers are given in the order of time, so each pass goes on where the one before
 * has ended. A row that is committed after its neighbours were marked, or given back by its order, keeps its state; readers
 * tell by the time, and never need the mark.
 */
export class ExpiringRows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Those with rows left to look at, by id, in pages. */
  async *coupons(pageSize = 200): AsyncIterable<ExpiringCoupon> {
    for (let after = "0"; ;) {
      const [rows] = await this.#pool.query<RowDataPacket[]>(
        `SELECT id, valid_for_ms, expired_no FROM coupon
         WHERE id > ? AND valid_for_ms IS NOT NULL AND EXISTS (
           SELECT 1 FROM user_coupon WHERE coupon_id = coupon.id AND issue_no > expired_no
         ) ORDER BY id LIMIT ?`,
        [after, pageSize],
      );
      for (const row of rows) {
        const { id, valid_for_ms: validForMs, expired_no: expiredNo } = row;
        yield { id: String(id), validForMs: Number(validForMs), expiredNo: Number(expiredNo) };
      }
      const last = rows.at(-1);
      if (!last || rows.length < pageSize) return;
      after = String(last["id"]);
    }
  }

  /**
   * Looks at the next `limit` rows, and marks those that were accepted by then and are still to be used.
   *
   * @param acceptedBy epoch ms
   * @returns how many were marked, and the number to go on from; undefined when there is nothing to go on with
   */
  async expire(
    couponId: string,
    { after, acceptedBy, limit }: { after: number; acceptedBy: number; limit: number },
  ): Promise<{ expired: number; next: number | undefined }> {
    const by = new Date(acceptedBy);
    const [[found]] = await this.#pool.query<RowDataPacket[]>(
      `SELECT MAX(issue_no) AS through, COUNT(*) AS n FROM (
         SELECT issue_no, accepted_at FROM user_coupon WHERE coupon_id = ? AND issue_no > ? ORDER BY issue_no LIMIT ?
       ) AS following WHERE accepted_at <= ?`,
      [couponId, after, limit, by],
    );
    if (!found || found["through"] === null) return { expired: 0, next: undefined };
    const through = Number(found["through"]);
    const [{ affectedRows: expired }] = await this.#pool.query<ResultSetHeader>(
      `UPDATE user_coupon SET status = 'EXPIRED'
       WHERE coupon_id = ? AND issue_no > ? AND issue_no <= ? AND status = 'ISSUED' AND accepted_at <= ?`,
      [couponId, after, through, by],
    );
    await this.#pool.query("UPDATE coupon SET expired_no = GREATEST(expired_no, ?) WHERE id = ?", [through, couponId]);
    return { expired, next: Number(found["n"]) < limit ? undefined : through };
  }
}
