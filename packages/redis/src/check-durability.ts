import { Cluster } from "ioredis";
import type { Redis } from "ioredis";
import type { RedisClient } from "./connect.ts";

/** What each setting must be so that a crash of Redis loses nothing that a user was told, and why. */
const REQUIRED: readonly { setting: string; value: string; otherwise: string }[] = [
  { setting: "appendonly", value: "yes", otherwise: "a restart of Redis forgets who has won" },
  {
    setting: "appendfsync",
    value: "always",
    otherwise: "a crash of its machine may forget the winners of the last second",
  },
  {
    setting: "no-appendfsync-on-rewrite",
    value: "no",
    otherwise: "while the file is rewritten nothing is waited for, and a crash of its machine forgets winners",
  },
  {
    setting: "maxmemory-policy",
    value: "noeviction",
    otherwise: "Redis may throw winners away when memory runs short",
  },
];

const ALL_REQUIRED = REQUIRED.map(({ setting, value }) => `${setting} ${value}`).join(", ");

/**
 * Looks at the settings on which the promises rest, on a cluster those of the replicas too: each may be a primary next.
 *
 * @returns a sentence for each that is unsafe, or that cannot be read. Never throws
 */
export async function checkDurability(redis: RedisClient): Promise<string[]> {
  const nodes: readonly Redis[] = redis instanceof Cluster ? redis.nodes("all") : [redis];
  const found = await Promise.all(nodes.map(checkNode));
  return [...new Set(found.flat())];
}

async function checkNode(node: Redis): Promise<string[]> {
  try {
    const warnings: string[] = [];
    for (const { setting, value, otherwise } of REQUIRED) {
      const [, actual] = (await node.config("GET", setting)) as [string, string?];
      if (actual !== value) warnings.push(`Redis has ${setting} ${actual ?? "unset"}, not ${value}: ${otherwise}`);
    }
    return warnings;
  } catch (error) {
    // Managed services often refuse CONFIG.
    const why = error instanceof Error ? error.message : String(error);
    return [`the settings of Redis cannot be read (${why}): see that it has ${ALL_REQUIRED}`];
  }
}
