import { silentLogger } from "@firstcome/runtime";
import { eventually, testDatabase } from "@firstcome/testkit";
import type { RowDataPacket } from "mysql2";
import { createServer } from "node:net";
import { once } from "node:events";
import { expect, describe, it } from "vitest";
import { type Database, isDatabaseUnavailable, openDatabase } from "../src/index.ts";

describe("openDatabase", () => {
  it("gives every connection UTC, strictness and READ COMMITTED", async () => {
    const { url } = await testDatabase();
    await using db = await openDatabase({ url, log: silentLogger });

    const [rows] = await db.pool.query<RowDataPacket[]>(
      "SHOW SESSION VARIABLES WHERE Variable_name IN ('time_zone', 'innodb_lock_wait_timeout')",
    );
    const [isolation] = await db.pool.query<RowDataPacket[]>("SHOW SESSION VARIABLES LIKE 't%\\_isolation'");
    const [mode] = await db.pool.query<RowDataPacket[]>("SELECT @@sql_mode AS mode");

    expect(Object.fromEntries(rows.map((row) => [row["Variable_name"], row["Value"]]))).toEqual({
      time_zone: "+00:00",
      innodb_lock_wait_timeout: "5",
    });
    expect(isolation.map((row) => row["Value"])).toContain("READ-COMMITTED");
    expect(mode[0]?.["mode"]).toContain("STRICT_TRANS_TABLES");
  });

  it.each([
    ["which only its pool was used of", async ({ pool }: Database) => void (await pool.query("SELECT 1"))],
    ["whose entities were used", async (db: Database) => void (await db.em().execute("SELECT 1"))],
  ])("leaves no connection open when one %s is disposed of", async (_which, use) => {
    const { url, name } = await testDatabase();
    await using observer = await openDatabase({ url, log: silentLogger });
    const connections = async (): Promise<number> => {
      const sql = "SELECT COUNT(*) AS count FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()";
      const [[row]] = await observer.pool.query<RowDataPacket[]>(sql, [name]);
      return Number(row?.["count"]);
    };
    const before = await connections();
    const db = await openDatabase({ url, log: silentLogger });
    await use(db);
    expect(await connections()).toBeGreaterThan(before);
    await db[Symbol.asyncDispose]();
    await eventually(async () => expect(await connections()).toBe(before));
  });

  it("gives up at once when the schema is not there", async () => {
    const { url } = await testDatabase();
    const wrong = new URL(url);
    wrong.pathname = "/fc_no_such_schema";

    await expect(openDatabase({ url: wrong.href, log: silentLogger })).rejects.toMatchObject({ errno: 1049 });
  });

  it("says after the wait that the server is unavailable", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as { port: number };
    closed.close();

    const failure = await openDatabase({ url: `mysql://a:b@127.0.0.1:${port}/c`, log: silentLogger, waitMs: 0 }).catch(
      (error: unknown) => error,
    );

    expect(isDatabaseUnavailable(failure)).toBe(true);
  });

  it("ends the wait when its signal aborts", async () => {
    const stop = AbortSignal.timeout(50);

    await expect(openDatabase({ url: "mysql://a:b@127.0.0.1:1/c", log: silentLogger, signal: stop })).rejects.toThrow(
      "aborted",
    );
  });
});
