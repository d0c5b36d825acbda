import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { connectRedis } from "@firstcome/redis";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

const SOLD = { productId: expect.stringMatching(/^\d+$/), sold: expect.any(Number) };

describe("npm start", () => {
  it("brings everything up, lets everybody rush, and reports that every promise was kept", async () => {
    const { url: MYSQL_URL } = await testDatabase();
    const { output, code, report } = await runOnce({ ...freshRedis(), MYSQL_URL }, [
      "--stock",
      "300",
      "--users",
      "700",
    ]);

    expect(output).toContain("The promises, held against MySQL and Redis");
    expect(report).toMatchObject({
      stock: 300,
      users: 700,
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
    // Who asked again, since a slow machine was long in answering, has it already.
    expect(Number(report["accepted"]) + Number(report["alreadyIssued"])).toBe(300);
    expect(code).toBe(0);

    // Once more on that MySQL, as with MYSQL_URL set: the sales of the run before are in it, and not in Redis.
    const again = await runOnce({ ...freshRedis(), MYSQL_URL }, ["--stock", "20", "--users", "30"]);
    expect(again).toMatchObject({ code: 0, report: { rows: 20, ranking: { matchesMysql: true } } });
  });

  it("leaves nothing in a Redis that outlives its MySQL, in which the next run's first coupon has the same id", async () => {
    const stores = freshRedis();
    const run = await runOnce({ ...stores, MYSQL_URL: "" }, ["--stock", "20", "--users", "30"]);
    expect(run).toMatchObject({ code: 0, report: { rows: 20 } });

    const redis = await connectRedis({ url: stores.REDIS_URL, name: "test" });
    onTestFinished(() => redis.disconnect());
    expect(await redis.keys(`${stores.REDIS_KEY_PREFIX}*`)).toEqual([]);
  });

  it("ends when it is interrupted in the middle of the rush", async () => {
    const { url: MYSQL_URL } = await testDatabase();
    const demo = start({ ...freshRedis(), MYSQL_URL }, ["--stock", "100", "--users", "10000000", "--concurrency", "8"]);
    const exit = once(demo, "exit");
    const lines = createInterface({ input: demo.stdout });
    for await (const line of lines) if (line.startsWith("accepted 100 ")) break;

    demo.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
  });

  it("ends when it is interrupted while a service waits for what does not answer", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const demo = start({ ...freshRedis(), MYSQL_URL: `mysql://root@127.0.0.1:${port}/firstcome` }, []);
    const [output, exit] = [text(demo.stdout), once(demo, "exit")];
    await once(silent, "connection");

    demo.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    expect(await output).toContain("Stopping …");
  });
});

interface Stores {
  REDIS_URL: string;
  REDIS_KEY_PREFIX: string;
  /** Empty: the run starts one of its own. */
  MYSQL_URL: string;
}

function freshRedis(): Omit<Stores, "MYSQL_URL"> {
  const { url: REDIS_URL, keyPrefix: REDIS_KEY_PREFIX } = testRedis();
  return { REDIS_URL, REDIS_KEY_PREFIX };
}

async function runOnce(
  stores: Stores,
  options: readonly string[],
): Promise<{ output: string; code: unknown; report: Record<string, unknown> }> {
  const directory = await mkdtemp(join(tmpdir(), "firstcome-demo-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const report = join(directory, "report.json");
  const demo = start(stores, ["--once", "--concurrency", "64", "--json", report, ...options]);
  const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, "exit")]);
  return { output, code, report: JSON.parse(await readFile(report, "utf8")) as Record<string, unknown> };
}

function start(stores: Stores, options: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  const main = join(import.meta.dirname, "../src/main.ts");
  const demo = spawn(process.execPath, [main, ...options], {
    env: { ...process.env, ...stores },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void demo.kill("SIGKILL"));
  return demo;
}
