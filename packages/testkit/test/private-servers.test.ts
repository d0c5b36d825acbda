import { privateServers } from "@firstcome/testkit";
import { expect, inject, it } from "vitest";
import { runCleanups } from "../src/file-cleanup.ts";

it("gives servers that are not the run's shared ones, and ends them", async () => {
  const { redis, mysql } = await privateServers("redis", "mysql");
  expect(redis.url).not.toBe(inject("servers").redisUrl);
  expect(mysql.url).not.toBe(inject("servers").mysqlUrl);
  await redis.kill();
  await redis.start();

  await runCleanups();

  await expect(redis.stop()).rejects.toThrow("redis-server does not run");
});
