import { startServers } from "@firstcome/stack";
import type { TestProject } from "vitest/node";
import type {} from "./provided-context.ts";

/** Starts one Redis and one MySQL for the whole run; the returned function ends them. */
export default async function startSharedServers(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers({ log: (line) => console.log(line) });
  project.provide("redisUrl", servers.redisUrl);
  project.provide("mysqlUrl", servers.mysqlUrl);
  return async () => await servers[Symbol.asyncDispose]();
}
