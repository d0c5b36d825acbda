import { cleanUpAfterFile, testDatabase } from "@firstcome/testkit";
import { createPool, type Pool } from "mysql2";
import type { PoolConnection } from "mysql2/promise";
import { beforeAll, describe, expect, it } from "vitest";
import { boundWaits } from "../src/bounded-waits.ts";
import { isDatabaseUnavailable } from "../src/index.ts";

let pool: Pool;
beforeAll(async () => {
  const { url } = await testDatabase();
  pool = createPool({ uri: url, connectionLimit: 1, queueLimit: 3 });
  boundWaits(pool, 500);
  cleanUpAfterFile(async () => await pool.promise().end());
});

describe("a wait for a connection of the pool", () => {
  it("ends at its deadline, as with a database that is away, and what comes too late is handed on", async () => {
    const taken = await pool.promise().getConnection();
    const refused = await Promise.allSettled([
      pool.promise().query("SELECT 1"),
      pool.promise().execute("SELECT 1"),
      pool.promise().getConnection(),
    ]);
    expect(refused.map(toReason)).toEqual([
      "no connection to the database was free within 500 ms",
      "no connection to the database was free within 500 ms",
      "no connection to the database was free within 500 ms",
    ]);
    expect(refused.every((each) => each.status === "rejected" && isDatabaseUnavailable(each.reason))).toBe(true);
    // As many as may wait have given up and still have their places: nobody else waits in vain.
    await expect(pool.promise().query("SELECT 1")).rejects.toThrow("Queue limit reached");

    taken.release();
    const again: PoolConnection = await pool.promise().getConnection();
    const [[row]] = (await again.query("SELECT 7 AS seven")) as unknown as [[{ seven: number }]];
    expect(row.seven).toBe(7);
    again.release();
  });
});

function toReason(settled: PromiseSettledResult<unknown>): string {
  return settled.status === "rejected" ? (settled.reason as Error).message : "resolved";
}
