import { openRedis, testDatabase, testRedis } from "@firstcome/testkit";
import { createConnection } from "mysql2/promise";
import { expect, it } from "vitest";
import { runCleanups } from "../src/file-cleanup.ts";

it("gives each caller a key prefix of its own, and removes its keys only", async () => {
  const mine = testRedis();
  const other = testRedis();
  const client = openRedis(mine.url);
  await client.set(`${mine.keyPrefix}a`, "1");
  await client.set(`${other.keyPrefix}a`, "2");
  await client.set("unrelated", "3");
  expect(mine.keyPrefix).not.toBe(other.keyPrefix);

  await runCleanups();

  const left = [`${mine.keyPrefix}a`, `${other.keyPrefix}a`, "unrelated"].map((key) => client.get(key));
  expect(await Promise.all(left)).toEqual([null, null, "3"]);
  await client.unlink("unrelated");
  await client.quit();
});

it("gives each caller an empty schema, and drops it", async () => {
  const database = await testDatabase();
  const connection = await createConnection(database.url);
  await connection.query("CREATE TABLE t (id INT)");
  const [tables] = await connection.query("SHOW TABLES");
  expect(tables).toHaveLength(1);
  await connection.end();

  await runCleanups();

  await expect(createConnection(database.url)).rejects.toThrow(/Unknown database/);
});
