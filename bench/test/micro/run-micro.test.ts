import { readFileSync } from "node:fs";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { Redis } from "ioredis";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { afterAll, describe, expect, it } from "vitest";
import { measureDispatcher } from "../../src/micro/dispatcher-cost.ts";
import { measureGate } from "../../src/micro/gate-cost.ts";
import { measureInsert } from "../../src/micro/insert-cost.ts";
import { measureWinners } from "../../src/micro/winners-memory.ts";

const { url: redisUrl } = testRedis();
const redis = new Redis(redisUrl);
afterAll(() => redis.disconnect());

describe("measureGate", () => {
  it("gives the cost of an item for every size of batch", async () => {
    const costs = await measureGate(redisUrl, { batches: [1, 64], windowMs: 60 });
    expect(costs.map(({ batch }) => batch)).toEqual([1, 64]);
    for (const { itemsPerSecond, redisUsPerItem, nodeUsPerItem } of costs) {
      expect(itemsPerSecond).toBeGreaterThan(0);
      expect(redisUsPerItem).toBeGreaterThan(0);
      expect(nodeUsPerItem).toBeGreaterThan(0);
    }
    expect(await microKeys()).toEqual([]);
  });
});

describe("measureWinners", () => {
  it("finds small hashes smaller than every other structure, and ids of a UUID's length larger than numbers", async () => {
    const policy = await redis.config("GET", "auto-aof-rewrite-percentage");
    const [numeric, uuid] = await measureWinners(redisUrl, { numeric: 20_000, uuid: 20_000 });
    expect([numeric?.ids, uuid?.ids]).toEqual(["numeric", "uuid"]);
    const { ours = 0, ...others } = numeric?.bytesPerMember ?? {};
    // A number of nine digits and "number:ms" cannot be kept in less.
    expect(ours).toBeGreaterThan(10);
    for (const bytes of Object.values(others)) expect(bytes).toBeGreaterThan(ours);
    expect(uuid?.bytesPerMember.ours).toBeGreaterThan(ours);
    expect(await microKeys()).toEqual([]);
    expect(await redis.config("GET", "auto-aof-rewrite-percentage")).toEqual(policy);
  });
});

describe("measureInsert", () => {
  it("writes every row in each round, and gives the cost of one for both statements", async () => {
    const { url: mysqlUrl } = await testDatabase();
    const plan = { sizes: [10, 100], rows: 1_000, rounds: 1 };
    const costs = await measureInsert({ mysqlUrl, mysqlPid: await pidOfMysql(mysqlUrl) }, plan);
    expect(costs.map(({ rows, statement }) => `${rows} ${statement}`)).toEqual([
      "10 issueRows",
      "10 values",
      "100 issueRows",
      "100 values",
    ]);
    for (const { nodeUsPerRow, databaseUsPerRow, rowsPerSecond } of costs) {
      expect(nodeUsPerRow).toBeGreaterThan(0);
      // The kernel counts in steps of 10 ms, so that a short round may show none.
      expect(databaseUsPerRow).toBeGreaterThanOrEqual(0);
      expect(rowsPerSecond).toBeGreaterThan(0);
    }
    expect(await queryNumber(mysqlUrl, "SELECT COUNT(*) AS n FROM user_coupon")).toBe(1_000);
  });
});

describe("measureDispatcher", () => {
  it("takes the whole backlog off through the real dispatcher, for every size of entry", async () => {
    const costs = await measureDispatcher(redisUrl, { batches: [1, 64], entries: 200, users: 4_000 });
    expect(costs.map(({ batch }) => batch)).toEqual([1, 64]);
    for (const { itemsPerSecond, redisUsPerItem } of costs) {
      expect(itemsPerSecond).toBeGreaterThan(0);
      expect(redisUsPerItem).toBeGreaterThan(0);
    }
    expect(await microKeys()).toEqual([]);
  });
});

/** What a measurement has left behind. */
async function microKeys(): Promise<string[]> {
  return await redis.keys("micro*");
}

async function pidOfMysql(url: string): Promise<number> {
  return Number(readFileSync(await queryText(url, "SELECT @@pid_file AS n"), "utf8"));
}

async function queryNumber(url: string, sql: string): Promise<number> {
  return Number(await queryText(url, sql));
}

async function queryText(url: string, sql: string): Promise<string> {
  const connection = await createConnection(url);
  try {
    const [[row]] = await connection.query<RowDataPacket[]>(sql);
    return String(row?.["n"]);
  } finally {
    await connection.end();
  }
}
