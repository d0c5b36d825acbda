import { setTimeout as pause } from "node:timers/promises";
import type { StartWorker } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { insertRow, openPool } from "../shop/insert-row.ts";
import { listOf } from "./peer.ts";
import { UserList } from "./user-list.ts";

const INSERTS_AT_ONCE = 8;
const RETRY_MS = 100;

/** So many loops, each of which pops one user, inserts it, pops the next. */
const start: StartWorker = async (env, index) => {
  const pool = openPool(env, INSERTS_AT_ONCE);
  const redis = await connectRedis(env);
  const blocking = await connectRedis(env);
  const list = new UserList(redis, blocking, listOf(env.couponId, index));
  const stop = new AbortController();
  const popAndInsert = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const userId = await list.pop();
        if (userId === undefined) continue;
        await insertRow(pool, env.couponId, userId).catch(async (error: unknown) => {
          await list.giveBack(userId);
          throw error;
        });
      } catch (error) {
        console.error(error);
        await pause(RETRY_MS);
      }
    }
  };
  const loops = Array.from({ length: INSERTS_AT_ONCE }, popAndInsert);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      // A connection that is closed while it pops would lose what it was about to be given.
      await Promise.all(loops);
      redis.disconnect();
      blocking.disconnect();
      await pool.end();
    },
  };
};
export default start;
