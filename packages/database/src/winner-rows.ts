import type { Pool, RowDataPacket } from "mysql2/promise";
import { fromDatetime } from "./datetime.ts";

export interface WinnerRow {
  userId: string;
  issueNo: number;
  /** Epoch ms. */
  acceptedAt: number;
}

/** Who is asked for, of which coupon. */
export interface Asked {
  readonly couponId: string;
  readonly userId: string;
}

/** What a user has won; `acceptedAt` is epoch ms. */
export interface Winning {
  readonly issueNo: number;
  readonly acceptedAt: number;
}

/** Rows of `user_coupon` in bulk: mostly one coupon's, in the order of their numbers, which is the order on disk. */
export class WinnerRows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** All of a coupon's rows, by number, in chunks: a million never stand in memory at once. */
  async *chunks(couponId: string, chunkSize = 1_000): AsyncIterable<WinnerRow[]> {
    for (let after = 0; ;) {
      const [rows] = await this.#pool.query<RowDataPacket[]>(
        "SELECT user_id, issue_no, accepted_at FROM user_coupon WHERE coupon_id = ? AND issue_no > ? ORDER BY issue_no LIMIT ?",
        [couponId, after, chunkSize],
      );
      const winners = rows.map((row) => ({
        userId: String(row["user_id"]),
        issueNo: Number(row["issue_no"]),
        acceptedAt: fromDatetime(String(row["accepted_at"])),
      }));
      const last = winners.at(-1);
      if (last) yield winners;
      if (!last || winners.length < chunkSize) return;
      after = last.issueNo;
    }
  }

  /** The committed numbers above `after`, up to `upTo`, ascending. */
  async numbers(couponId: string, { after, upTo }: { after: number; upTo: number }): Promise<number[]> {
    const [rows] = await this.#pool.query<RowDataPacket[]>(
      "SELECT issue_no FROM user_coupon WHERE coupon_id = ? AND issue_no > ? AND issue_no <= ? ORDER BY issue_no",
      [couponId, after, upTo],
    );
    return rows.map((row) => Number(row["issue_no"]));
  }

  /** Which of these numbers are committed. */
  async committed(couponId: string, issueNos: readonly number[]): Promise<Set<number>> {
    if (issueNos.length === 0) return new Set();
    const [rows] = await this.#pool.query<RowDataPacket[]>(
      "SELECT issue_no FROM user_coupon WHERE coupon_id = ? AND issue_no IN (?)",
      [couponId, issueNos],
    );
    return new Set(rows.map((row) => Number(row["issue_no"])));
  }

  /**
   * What each of these users has won of the coupon beside it, in their order; undefined: nothing. One statement for any number
   * of users and coupons, which looks for each in the key of users.
   */
  async winnings(asked: readonly Asked[]): Promise<(Winning | undefined)[]> {
    const found: (Winning | undefined)[] = asked.map(() => undefined);
    if (asked.length === 0) return found;
    const pairs = JSON.stringify(asked.map(({ couponId, userId }) => [couponId, userId]));
    const [rows] = await this.#pool.query<RowDataPacket[]>(WINNINGS, [pairs]);
    for (const row of rows) {
      found[Number(row["nth"]) - 1] = {
        issueNo: Number(row["issue_no"]),
        acceptedAt: fromDatetime(String(row["accepted_at"])),
      };
    }
    return found;
  }

  /** Whose rows those of these numbers are that are committed. */
  async holders(couponId: string, issueNos: readonly number[]): Promise<Map<number, string>> {
    if (issueNos.length === 0) return new Map();
    const [rows] = await this.#pool.query<RowDataPacket[]>(
      "SELECT issue_no, user_id FROM user_coupon WHERE coupon_id = ? AND issue_no IN (?)",
      [couponId, issueNos],
    );
    return new Map(rows.map((row) => [Number(row["issue_no"]), String(row["user_id"])]));
  }

  /** 0 when there is none. Found at the end of the index, however many rows there are. */
  async highestNo(couponId: string): Promise<number> {
    const [[row]] = await this.#pool.query<RowDataPacket[]>(
      "SELECT MAX(issue_no) AS no FROM user_coupon WHERE coupon_id = ?",
      [couponId],
    );
    return Number(row?.["no"] ?? 0);
  }

  /** The highest number of each of these coupons, found likewise; those without rows are left out. */
  async highestNos(couponIds: readonly string[]): Promise<Map<string, number>> {
    if (couponIds.length === 0) return new Map();
    const [rows] = await this.#pool.query<RowDataPacket[]>(HIGHEST, [JSON.stringify(couponIds)]);
    return new Map(
      rows.filter((row) => row["no"] !== null).map((row) => [String(row["coupon_id"]), Number(row["no"])]),
    );
  }

  /** Reads every row of the coupon: about 0.3 s for a million. */
  async count(couponId: string): Promise<number> {
    const [[row]] = await this.#pool.query<RowDataPacket[]>(
      "SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ?",
      [couponId],
    );
    return Number(row?.["n"] ?? 0);
  }

  /**
   * Counts the rows numbered above `after`, up to `upTo` if given, span by span: entry i counts
   * `after + i·span + 1 … after + (i + 1)·span`. Reads only those rows.
   */
  async countBySpan(
    couponId: string,
    { after, span, upTo = MAX_UINT32 }: { after: number; span: number; upTo?: number },
  ): Promise<number[]> {
    const [rows] = await this.#pool.query<RowDataPacket[]>(
      `SELECT FLOOR((issue_no - ? - 1) / ?) AS i, COUNT(*) AS n FROM user_coupon
       WHERE coupon_id = ? AND issue_no > ? AND issue_no <= ? GROUP BY i ORDER BY i`,
      [after, span, couponId, after, upTo],
    );
    const counts: number[] = [];
    for (const row of rows) {
      const index = Number(row["i"]);
      while (counts.length < index) counts.push(0);
      counts.push(Number(row["n"]));
    }
    return counts;
  }
}

// In this order, or the optimizer might begin with all rows there are.
const WINNINGS = `
  SELECT asked.nth, u.issue_no, u.accepted_at
  FROM JSON_TABLE(?, '$[*]' COLUMNS (
    nth FOR ORDINALITY,
    coupon_id BIGINT UNSIGNED PATH '$[0]',
    user_id VARCHAR(64) CHARACTER SET ascii PATH '$[1]'
  )) AS asked
  STRAIGHT_JOIN user_coupon u ON u.user_id = asked.user_id AND u.coupon_id = asked.coupon_id`;

// Read from the end of each coupon's part of the key. Ordered by the whole key: by the number alone MySQL 9.7 sorts all rows of
// the coupon. Not MAX, for which both servers read them all; with GROUP BY they do or do not, as the statistics have it.
const HIGHEST = `
  SELECT asked.coupon_id, (
    SELECT u.issue_no FROM user_coupon u
    WHERE u.coupon_id = asked.coupon_id ORDER BY u.coupon_id DESC, u.issue_no DESC LIMIT 1
  ) AS no
  FROM JSON_TABLE(?, '$[*]' COLUMNS (coupon_id BIGINT UNSIGNED PATH '$')) AS asked`;

const MAX_UINT32 = 2 ** 32 - 1;
