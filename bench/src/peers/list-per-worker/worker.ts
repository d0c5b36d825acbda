import { setTimeout as pause } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Pool } from "mysql2/promise";
import type { PeerEnv, StartWorker } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { insertRow, openPool } from "../shop/insert-row.ts";
import { listOf } from "./peer.ts";

// Each with a connection of its own, which a blocking pop keeps to itself.
const LOOPS = 4;
const POP_TIMEOUT_S = 1;
const RETRY_MS = 100;

const start: StartWorker = async (env, index) => {
  const pool = openPool(env, LOOPS);
  const connections = await Promise.all(Array.from({ length: LOOPS }, () => connectRedis(env)));
  const stop = new AbortController();
  const loops = connections.map((redis) =>
    popAndInsert({ redis, pool, env, list: listOf(env.couponId, index) }, stop.signal),
  );
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      // A connection that is closed while it pops would lose what it was about to be given.
      await Promise.all(loops);
      for (const redis of connections) redis.disconnect();
      await pool.end();
    },
  };
};
export default start;

interface Loop {
  readonly redis: Redis;
  readonly pool: Pool;
  readonly env: PeerEnv;
  readonly list: string;
}

async function popAndInsert({ redis, pool, env, list }: Loop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const popped = await redis.blpop(list, POP_TIMEOUT_S);
      if (popped === null) continue;
      const [, userId] = popped;
      await insertRow(pool, env.couponId, userId).catch(async (error: unknown) => {
        await redis.rpush(list, userId);
        throw error;
      });
    } catch (error) {
      console.error(error);
      await pause(RETRY_MS);
    }
  }
}
