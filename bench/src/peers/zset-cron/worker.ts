import { setTimeout as pause } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Pool, PoolConnection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import type { PeerEnv, StartWorker } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { openPool } from "../shop/insert-row.ts";
import { applicantsOf, BATCH } from "./peer.ts";

/** Instead of the minute between two runs. */
const IDLE_MS = 5;

const start: StartWorker = async (env) => {
  const pool = openPool(env, 1);
  const redis = await connectRedis(env);
  const stop = new AbortController();
  const running = runUntil(stop.signal, () => runOnce(redis, pool, env));
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      redis.disconnect();
      await pool.end();
    },
  };
};
export default start;

async function runUntil(signal: AbortSignal, run: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await run()) === 0) await pause(IDLE_MS);
    } catch (error) {
      console.error(error);
      await pause(IDLE_MS);
    }
  }
}

/** Takes the first hundred to MySQL and then out of Redis: a crash in between repeats them. Returns how many it took. */
async function runOnce(redis: Redis, pool: Pool, { couponId }: PeerEnv): Promise<number> {
  const applicants = applicantsOf(couponId);
  const first = await redis.zrange(applicants, "0", String(BATCH - 1));
  if (first.length === 0) return 0;
  const connection = await pool.getConnection();
  try {
    await connection.query("START TRANSACTION");
    await issue(connection, couponId, first);
    await connection.query("COMMIT");
  } catch (error) {
    await connection.query("ROLLBACK");
    throw error;
  } finally {
    connection.release();
  }
  await redis.zrem(applicants, ...first);
  return first.length;
}

/** One INSERT a row, as an ORM's saveAll does for rows whose ids the database makes. */
async function issue(connection: PoolConnection, couponId: string, userIds: readonly string[]): Promise<void> {
  const [coupons] = await connection.execute<(RowDataPacket & { left_over: number })[]>(
    "SELECT quantity - issued AS left_over FROM coupon WHERE id = ? FOR UPDATE",
    [couponId],
  );
  let issued = 0;
  for (const userId of userIds.slice(0, coupons[0]?.left_over ?? 0)) {
    const [{ affectedRows }] = await connection.execute<ResultSetHeader>(
      "INSERT IGNORE INTO issued_coupon (coupon_id, user_id) VALUES (?, ?)",
      [couponId, userId],
    );
    issued += affectedRows;
  }
  await connection.execute("UPDATE coupon SET issued = issued + ? WHERE id = ?", [issued, couponId]);
}
