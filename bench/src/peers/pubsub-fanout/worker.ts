import type { StartWorker } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { insertRow, openPool } from "../shop/insert-row.ts";
import { channelOf } from "./peer.ts";

const CONNECTIONS = 8;

/** What it hears waits in its memory for a connection: a publisher is never held up, and nobody else has it. */
const start: StartWorker = async (env) => {
  const pool = openPool(env, CONNECTIONS);
  const redis = await connectRedis(env);
  const inserting = new Set<Promise<void>>();
  redis.on("message", (_channel: string, userId: string) => {
    const insert = insertRow(pool, env.couponId, userId)
      .catch((error: unknown) => console.error(error))
      .finally(() => inserting.delete(insert));
    inserting.add(insert);
  });
  await redis.subscribe(channelOf(env.couponId));
  return {
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await Promise.all(inserting);
      await pool.end();
    },
  };
};
export default start;
