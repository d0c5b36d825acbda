import { startServers } from "@firstcome/stack";
import type { TestProject } from "vitest/node";
import type { ServerUrls } from "./provided-context.ts";

/** Starts one Redis and one MySQL for the whole run; the returned function ends them. */
export default async function startSharedServers(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers({ log: (line) => console.log(line) });
  const urls: ServerUrls = { redisUrl: servers.redisUrl, mysqlUrl: servers.mysqlUrl };
  project.provide("servers", urls);
  return async () => await servers[Symbol.asyncDispose]();
}
