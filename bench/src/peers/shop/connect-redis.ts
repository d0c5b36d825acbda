import { once } from "node:events";
import { Redis } from "ioredis";
import type { PeerEnv } from "../peer.ts";

/**
 * A connection that answers. ioredis's own settings, which wait for a lost connection to come back, but for its one option for callers
 * of whom many ask at a time: their commands travel together, and gather while others are under way.
 */
export async function connectRedis({ redisUrl }: PeerEnv): Promise<Redis> {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  // It reconnects by itself, and says so here each time.
  redis.on("error", () => {});
  if (redis.status !== "ready") await once(redis, "ready");
  return redis;
}

/** Does something with a connection of its own. */
export async function withRedis<T>(env: PeerEnv, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await connectRedis(env);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
