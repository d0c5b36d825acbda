import { silentLogger } from "@firstcome/runtime";
import { testDatabase } from "@firstcome/testkit";
import type { RowDataPacket } from "mysql2";
import { describe, expect, it } from "vitest";
import { migrate, openDatabase } from "../src/index.ts";

describe("migrate", () => {
  it("runs each step once when ten processes start together", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });

    const ran = await Promise.all(Array.from({ length: 10 }, () => migrate(db)));

    expect(ran.flat()).toEqual(["0001-coupons", "0002-orders"]);
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
});
