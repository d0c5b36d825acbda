import { randomBytes } from "node:crypto";
import { connectRedis } from "@firstcome/redis";
import type { LocalServers } from "@firstcome/stack";

/** What every key of this run begins with. Disposing removes them where nobody could make sense of them any more. */
export interface KeyPrefix extends AsyncDisposable {
  readonly prefix: string;
}

/**
 * The prefix that was set, or none. A Redis that outlives the run's MySQL would take the first coupon of the next run for
 * that of this one, which has the same id and has been won: there the run's keys are its own.
 */
export function openKeyPrefix({ redis, redisUrl, mysql }: LocalServers): KeyPrefix {
  const { REDIS_KEY_PREFIX: given = "" } = process.env;
  const redisOutlivesMysql = !redis && mysql !== undefined;
  if (!redisOutlivesMysql) return { prefix: given, [Symbol.asyncDispose]: async () => {} };
  const prefix = `${given}demo-${randomBytes(4).toString("hex")}:`;
  return { prefix, [Symbol.asyncDispose]: () => removeKeys(redisUrl, prefix) };
}

/** On a cluster they stay: no command finds the keys of all its nodes. */
async function removeKeys(url: string, prefix: string): Promise<void> {
  if (url.includes("+cluster://")) return;
  const redis = await connectRedis({ url, name: "demo" });
  try {
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", `${prefix}*`, "COUNT", 1_000);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== "0");
  } finally {
    redis.disconnect();
  }
}
