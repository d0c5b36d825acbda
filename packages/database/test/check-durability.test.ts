import { silentLogger } from "@firstcome/runtime";
import { privateServers } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { checkDurability, openDatabase } from "../src/index.ts";

describe("checkDurability of the database", () => {
  it("is content with durable settings, names an unsafe one, and says when they cannot be read", async () => {
    const { mysql } = await privateServers("mysql");
    const { pool } = await openDatabase({ url: mysql.url, log: silentLogger });
    expect(await checkDurability(pool)).toEqual([]);
    // There is no binlog here: nothing to say of it.
    await pool.query("SET GLOBAL sync_binlog = 0");
    await pool.query("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    expect(await checkDurability(pool)).toEqual([expect.stringMatching(/innodb_flush_log_at_trx_commit 2, not 1/)]);
    await pool.end();
    expect(await checkDurability(pool)).toEqual([expect.stringMatching(/cannot be read/)]);
  });
});
