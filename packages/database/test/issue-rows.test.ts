import type { RowDataPacket } from "mysql2/promise";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, type IssueRow, issueRows } from "../src/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const ACCEPTED_AT = Date.UTC(2026, 10, 21, 20, 0, 0, 123);

let db: Database;
beforeAll(async () => {
  db = await migratedDatabase();
});
beforeEach(async () => {
  await db.pool.query("DELETE FROM user_coupon");
});

function rowsOf(couponId: string, firstNo: number, ...userIds: string[]): IssueRow[] {
  return userIds.map((userId, index) => ({ couponId, userId, issueNo: firstNo + index, acceptedAt: ACCEPTED_AT }));
}

/** The whole table: "coupon/number/user". */
async function table(): Promise<string[]> {
  const [rows] = await db.pool.query<RowDataPacket[]>("SELECT * FROM user_coupon ORDER BY coupon_id, issue_no");
  return rows.map((row) => `${row["coupon_id"]}/${row["issue_no"]}/${row["user_id"]}`);
}

describe("issueRows", () => {
  it("writes the rows of several coupons in one statement", async () => {
    const rows = [...rowsOf("7", 41, "ann", "bob"), ...rowsOf("9007199254740993", 1, "ann"), ...rowsOf("7", 5, "cyd")];
    expect(await issueRows(db.pool, rows)).toEqual({ written: 4, conflicts: [] });
    expect(await table()).toEqual(["7/5/cyd", "7/41/ann", "7/42/bob", "9007199254740993/1/ann"]);
  });

  it("writes the time of acceptance to the millisecond, in UTC, and leaves the rest to the table", async () => {
    await issueRows(db.pool, rowsOf("7", 1, "ann"));
    const [[row]] = await db.pool.query<RowDataPacket[]>("SELECT * FROM user_coupon");
    expect(row).toMatchObject({
      accepted_at: "2026-11-21 20:00:00.123",
      status: "ISSUED",
      order_id: null,
      used_at: null,
    });
    expect(Math.abs(Date.parse(`${String(row?.["issued_at"]).replace(" ", "T")}Z`) - Date.now())).toBeLessThan(60_000);
  });

  it("writes nothing when there is nothing to write", async () => {
    expect(await issueRows(db.pool, [])).toEqual({ written: 0, conflicts: [] });
    expect(await table()).toEqual([]);
  });

  it("shows without rows as well that none can be written", async () => {
    await db.pool.query("RENAME TABLE user_coupon TO elsewhere");
    try {
      await expect(issueRows(db.pool, [])).rejects.toMatchObject({ code: "ER_NO_SUCH_TABLE" });
    } finally {
      await db.pool.query("RENAME TABLE elsewhere TO user_coupon");
    }
  });

  it("tells users apart by case, and takes every character that an id may have", async () => {
    const rows = rowsOf("7", 1, "ann", "Ann", "550e8400-e29b-41d4-a716-446655440000", "a.b_c:d-e", "x".repeat(64));
    expect(await issueRows(db.pool, rows)).toEqual({ written: 5, conflicts: [] });
    expect(await table()).toEqual(rows.map(({ userId, issueNo }) => `7/${issueNo}/${userId}`));
  });

  it("writes a redelivered batch no second time, nor the part of it that is there", async () => {
    await issueRows(db.pool, rowsOf("7", 1, "ann", "bob"));
    expect(await issueRows(db.pool, rowsOf("7", 1, "ann", "bob"))).toEqual({ written: 0, conflicts: [] });
    expect(await issueRows(db.pool, rowsOf("7", 1, "ann", "bob", "cyd"))).toEqual({ written: 1, conflicts: [] });
    expect(await table()).toEqual(["7/1/ann", "7/2/bob", "7/3/cyd"]);
  });

  it("leaves what became of a row alone when the row is delivered again", async () => {
    await issueRows(db.pool, rowsOf("7", 1, "ann"));
    await db.pool.query("UPDATE user_coupon SET status = 'USED', order_id = 12");
    const [before] = await db.pool.query("SELECT * FROM user_coupon");
    await issueRows(db.pool, rowsOf("7", 1, "ann"));
    expect((await db.pool.query("SELECT * FROM user_coupon"))[0]).toEqual(before);
  });

  it("says that a user has another number, and writes the others", async () => {
    await issueRows(db.pool, rowsOf("7", 1, "ann"));
    const [conflict, fine] = [...rowsOf("7", 8, "ann"), ...rowsOf("7", 9, "bob")];
    expect(
      await issueRows(
        db.pool,
        [conflict, fine].filter((row) => row !== undefined),
      ),
    ).toEqual({
      written: 1,
      conflicts: [
        { row: conflict, found: "OTHER_NUMBER", detail: "coupon 7, number 8, user ann: the user has number 1" },
      ],
    });
    expect(await table()).toEqual(["7/1/ann", "7/9/bob"]);
  });

  it("says that a number is taken, and writes the others", async () => {
    await issueRows(db.pool, rowsOf("9007199254740993", 1, "ann"));
    const rows = rowsOf("9007199254740993", 1, "bob", "cyd");
    expect(await issueRows(db.pool, rows)).toEqual({
      written: 1,
      conflicts: [
        {
          row: rows[0],
          found: "NUMBER_TAKEN",
          detail: "coupon 9007199254740993, number 1, user bob: the number belongs to ann",
        },
      ],
    });
    expect(await table()).toEqual(["9007199254740993/1/ann", "9007199254740993/2/cyd"]);
  });

  it("finds a contradiction within one statement as well", async () => {
    const { written, conflicts } = await issueRows(db.pool, [...rowsOf("7", 1, "ann"), ...rowsOf("7", 2, "ann")]);
    expect({ written, found: conflicts.map(({ found }) => found) }).toEqual({ written: 1, found: ["OTHER_NUMBER"] });
    expect(await table()).toEqual(["7/1/ann"]);
  });

  it.each([
    ["a user id longer than the column", { userId: "x".repeat(65) }],
    ["a user id far longer than the column", { userId: "x".repeat(5_000) }],
    ["a user id beyond ASCII", { userId: "안나" }],
    ["a negative coupon id", { couponId: "-1" }],
    ["a coupon id beyond the column", { couponId: "99999999999999999999" }],
    ["a coupon id that is no number", { couponId: "seven" }],
    ["a number beyond the column", { issueNo: 4_294_967_296 }],
    ["a negative number", { issueNo: -1 }],
    ["a time beyond the calendar", { acceptedAt: Date.UTC(12_000, 0, 1) }],
  ])("refuses %s, with all that was sent beside it", async (_, wrong) => {
    const [poison] = rowsOf("7", 2, "bob").map((row) => ({ ...row, ...wrong }));
    const rows = [...rowsOf("7", 1, "ann"), ...(poison ? [poison] : []), ...rowsOf("7", 3, "cyd")];
    await expect(issueRows(db.pool, rows)).rejects.toMatchObject({ sqlState: expect.stringMatching(/^(22|23|HY000)/) });
    expect(await table()).toEqual([]);
  });

  it("gives every row one writer when many write the same rows at once", async () => {
    const all = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    const rows = rowsOf("7", 1, ...all);
    // Each in an order of its own, cut at other places.
    const slices = [
      rows,
      rows.toReversed(),
      [...rows.slice(200), ...rows.slice(0, 200)],
      rows.slice(100),
      rows.slice(0, 300),
    ];
    const results = await Promise.all(slices.map((slice) => issueRows(db.pool, slice)));
    expect(results.map(({ written }) => written).reduce((sum, written) => sum + written, 0)).toBe(400);
    expect(results.flatMap(({ conflicts }) => conflicts)).toEqual([]);
    expect(await table()).toEqual(all.map((userId, index) => `7/${index + 1}/${userId}`));
  });
});
