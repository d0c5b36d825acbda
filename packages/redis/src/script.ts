import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A client, or what sends something along with each script. */
export interface ScriptRunner {
  evalsha(sha: string, keys: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
  eval(lua: string, keys: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
}

export type Script = (
  redis: ScriptRunner,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

/**
 * Loads a Lua file and returns a function that runs it by its digest. A server that does not know the digest (restarted,
 * `SCRIPT FLUSH`, another shard after a failover) gets the text once more: nothing ran, so nothing runs twice.
 */
export function loadScript(file: URL): Script {
  const lua = readFileSync(file, "utf8");
  const sha = createHash("sha1").update(lua).digest("hex");
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}
