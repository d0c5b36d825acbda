import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

const SOLD = { productId: expect.stringMatching(/^\d+$/), sold: expect.any(Number) };

describe("npm start", () => {
  it("brings everything up, lets everybody rush, and reports that every promise was kept", async () => {
    const directory = await mkdtemp(join(tmpdir(), "firstcome-demo-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const report = join(directory, "report.json");
    const { url: REDIS_URL, keyPrefix: REDIS_KEY_PREFIX } = testRedis();
    const { url: MYSQL_URL } = await testDatabase();

    const main = join(import.meta.dirname, "../src/main.ts");
    const args = ["--once", "--stock", "300", "--users", "700", "--concurrency", "64", "--json", report];
    const demo = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, REDIS_URL, REDIS_KEY_PREFIX, MYSQL_URL },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, "exit")]);

    expect(output).toContain("The promises, held against MySQL and Redis");
    expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({
      stock: 300,
      users: 700,
      accepted: 300,
      alreadyIssued: 0,
      soldOut: 400,
      failed: 0,
      rows: 300,
      overIssued: 0,
      lost: 0,
      duplicates: 0,
      numberGaps: 0,
      numberMismatches: 0,
      orders: { placed: 300, paid: 300, failed: 0 },
      ranking: { matchesMysql: true, top: Array.from({ length: 5 }, () => SOLD) },
      acceptMs: { p50: expect.any(Number), p99: expect.any(Number) },
      issuedLagMs: { p50: expect.any(Number), p99: expect.any(Number) },
    });
    expect(code).toBe(0);
  }, 120_000);
});
