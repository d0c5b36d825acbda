import { once } from "node:events";
import { Redis } from "ioredis";
import type { PeerEnv } from "../peer.ts";

export interface ConnectOptions {
  /** Commands of one turn travel together. */
  readonly enableAutoPipelining?: boolean;
}

/** A connection that answers. ioredis's own settings, which wait for a lost connection to come back: what most shops run. */
export async function connectRedis({ redisUrl }: PeerEnv, options: ConnectOptions = {}): Promise<Redis> {
  const redis = new Redis(redisUrl, { ...options });
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
