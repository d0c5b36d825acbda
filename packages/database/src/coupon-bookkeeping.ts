import type { Pool, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { type Completion, toCompletion } from "./completion.ts";

/** How a coupon stands, as far as its gate and its rows must agree. */
export interface CouponStanding {
  id: string;
  finished: boolean;
  version: number;
  /** Undefined: not known to be complete. */
  completed: Completion | undefined;
}

/** What the jobs note about coupons, and read of all of them at once. */
export class CouponBookkeeping {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Every coupon there is, by id, in pages. */
  async *standings(pageSize = 500): AsyncGenerator<CouponStanding[]> {
    for (let after = "0"; ;) {
      const [rows] = await this.#pool.query<RowDataPacket[]>(
        "SELECT id, status, version, completed_no, completed_rows FROM coupon WHERE id > ? ORDER BY id LIMIT ?",
        [after, pageSize],
      );
      const page = rows.map((row) => ({
        id: String(row["id"]),
        finished: row["status"] === "FINISHED",
        version: Number(row["version"]),
        completed: toCompletion(row["completed_no"], row["completed_rows"]),
      }));
      const last = page.at(-1);
      if (last) yield page;
      if (!last || page.length < pageSize) return;
      after = last.id;
    }
  }

  /**
   * Notes that a finished coupon is complete. Once: the time stays. `at`: epoch ms.
   *
   * One that an earlier release completed, without its rows, is noted anew, if it is in Redis: one that has left Redis is not looked
   * through, and stays "not complete" until somebody asks for it.
   */
  async complete(couponId: string, { no, rows }: Completion, at: number): Promise<void> {
    await this.#pool.query(
      `UPDATE coupon SET completed_no = ?, completed_rows = ?, completed_at = ?
       WHERE id = ? AND status = 'FINISHED' AND completed_rows IS NULL`,
      [no, rows, new Date(at), couponId],
    );
  }

  /** Takes that back: some of its rows are gone. */
  async reopen(couponId: string): Promise<void> {
    await this.#pool.query(
      "UPDATE coupon SET completed_no = NULL, completed_rows = NULL, completed_at = NULL WHERE id = ?",
      [couponId],
    );
  }

  /** Ids of the coupons that were complete by then (epoch ms), in pages. */
  async *completedBy(by: number, pageSize = 500): AsyncGenerator<string[]> {
    for (let after = "0"; ;) {
      const [rows] = await this.#pool.query<RowDataPacket[]>(
        "SELECT id FROM coupon WHERE id > ? AND completed_at <= ? AND completed_rows IS NOT NULL ORDER BY id LIMIT ?",
        [after, new Date(by), pageSize],
      );
      const ids = rows.map((row) => String(row["id"]));
      const last = ids.at(-1);
      if (last) yield ids;
      if (!last || ids.length < pageSize) return;
      after = last;
    }
  }

  /**
   * Notes that a coupon comes into the gate, which thereby holds its first version at least.
   *
   * @returns FIRST: it was never there, so nobody has a number of it. AGAIN: it was. COMPLETE: it was, and every number that it
   *   had given is settled
   */
  async enterGate(couponId: string): Promise<"FIRST" | "AGAIN" | "COMPLETE"> {
    const [{ affectedRows }] = await this.#pool.query<ResultSetHeader>(
      "UPDATE coupon SET gate_version = 1 WHERE id = ? AND gate_version = 0",
      [couponId],
    );
    if (affectedRows === 1) return "FIRST";
    const [[row]] = await this.#pool.query<RowDataPacket[]>(
      "SELECT completed_rows IS NOT NULL AS complete FROM coupon WHERE id = ?",
      [couponId],
    );
    return Number(row?.["complete"] ?? 0) === 1 ? "COMPLETE" : "AGAIN";
  }
}
