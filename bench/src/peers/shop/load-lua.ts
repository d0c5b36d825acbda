import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/** A script that the connection runs by its digest. @param keys how many of the arguments are key names; they come first */
export function loadLua(
  redis: Redis,
  file: URL,
  keys: number,
): (...args: readonly (string | number)[]) => Promise<unknown> {
  redis.defineCommand("peerScript", { numberOfKeys: keys, lua: readFileSync(file, "utf8") });
  const run = redis["peerScript" as keyof Redis] as (...args: readonly (string | number)[]) => Promise<unknown>;
  return run.bind(redis);
}
