import { silentLogger } from "@firstcome/runtime";
import { testDatabase } from "@firstcome/testkit";
import type { RowDataPacket } from "mysql2";
import { describe, expect, it } from "vitest";
import { type Database, migrate, openDatabase } from "../src/index.ts";

describe("migrate", () => {
  it("runs each step once when ten processes start together", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });

    const ran = await Promise.all(Array.from({ length: 10 }, () => migrate(db)));

    expect(ran.flat()).toEqual([
      "0001-coupons",
      "0002-orders",
      "0003-one-key-of-winners",
      "0004-completed-coupons",
      "0005-completed-rows",
      "0006-outbox-by-due",
    ]);
    const [tables] = await db.pool.query<RowDataPacket[]>("SHOW TABLES");
    expect(new Set(tables.flatMap((row) => Object.values(row)))).toEqual(
      new Set(["coupon", "idempotency", "migration", "order_item", "orders", "outbox", "product", "user_coupon"]),
    );
  });

  it("goes on where a step was cut off", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });
    const first = "CREATE TABLE IF NOT EXISTS a (x INT)";

    await expect(migrate(db, [{ name: "1", statements: [first, "CREATE TABLE b (wrong)"] }])).rejects.toThrow("syntax");
    const ran = await migrate(db, [{ name: "1", statements: [first, "CREATE TABLE IF NOT EXISTS b (x INT)"] }]);

    expect(ran).toEqual(["1"]);
    expect(await migrate(db, [{ name: "1", statements: ["never run again"] }])).toEqual([]);
  });

  it("opens no connection, whose wait would have no end, when nothing is left to do", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });
    await migrate(db);

    expect(await migrate({ pool: db.pool, url: "mysql://nobody@127.0.0.1:1/nowhere" })).toEqual([]);
  });

  it("runs every step again without harm", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });
    const ran = await migrate(db);
    const schema = await keysOf(db);

    await db.pool.query("DELETE FROM migration");

    expect(await migrate(db)).toEqual(ran);
    expect(await keysOf(db)).toEqual(schema);
  });

  it("keeps one unique key of winners beside the primary one", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });

    await migrate(db);

    expect((await keysOf(db)).filter((key) => key.startsWith("user_coupon "))).toEqual([
      "user_coupon PRIMARY 0 coupon_id,issue_no",
      "user_coupon user_coupon_winner 0 user_id,coupon_id",
    ]);
  });
});

/** "<table> <key> <1 unless it is unique> <columns>" of every key. */
async function keysOf(db: Database): Promise<string[]> {
  const [rows] = await db.pool.query<RowDataPacket[]>(
    `SELECT CONCAT_WS(' ', table_name, index_name, non_unique, GROUP_CONCAT(column_name ORDER BY seq_in_index)) AS found
     FROM information_schema.statistics WHERE table_schema = DATABASE()
     GROUP BY table_name, index_name, non_unique ORDER BY table_name, index_name`,
  );
  return rows.map((row) => String(row["found"]));
}
