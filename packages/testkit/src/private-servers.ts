import { type PrivateServers, type ServerName, startPrivateServers } from "@firstcome/stack";
import { cleanUpAfterFile } from "./file-cleanup.ts";

/**
 * Starts servers of the test's own, which it may kill, freeze and start again without disturbing other files:
 * `const { redis, mysql } = await privateServers("redis", "mysql")`. They end when the file is through, or when disposed of.
 */
export async function privateServers<N extends ServerName>(...names: readonly N[]): Promise<PrivateServers<N>> {
  const servers = await startPrivateServers(names);
  cleanUpAfterFile(async () => await servers[Symbol.asyncDispose]());
  return servers;
}
