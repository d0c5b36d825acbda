import { startRedisCluster, startServers } from "@firstcome/stack";
import type { TestProject } from "vitest/node";
import { fillCompileCache } from "./compile-cache.ts";
import type { ServerUrls } from "./provided-context.ts";

/**
 * Starts one Redis and one MySQL for the whole run; the returned function ends them. With `TEST_REDIS=cluster` the Redis is a cluster of
 * three shards.
 */
export default async function startSharedServers(project: TestProject): Promise<() => Promise<void>> {
  await using stack = new AsyncDisposableStack();
  const cacheFilled = fillCompileCache(process.env["NODE_COMPILE_CACHE"]);
  const redis = wantsCluster() ? { REDIS_URL: stack.use(await startRedisCluster()).url } : {};
  const servers = stack.use(
    await startServers({ log: (line) => console.log(line), env: { ...process.env, ...redis } }),
  );
  const urls: ServerUrls = { redisUrl: servers.redisUrl, mysqlUrl: servers.mysqlUrl };
  project.provide("servers", urls);
  await cacheFilled;
  const rest = stack.move();
  return () => rest.disposeAsync();
}

/** @throws when TEST_REDIS names anything else: a run that believes it has a cluster must have one. */
function wantsCluster(): boolean {
  const { TEST_REDIS } = process.env;
  if (TEST_REDIS !== undefined && TEST_REDIS !== "" && TEST_REDIS !== "cluster" && TEST_REDIS !== "single") {
    throw new Error(`TEST_REDIS must be cluster or single, not ${TEST_REDIS}`);
  }
  return TEST_REDIS === "cluster";
}
