import type { Pool, PoolConnection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import type { AcceptAnswer, PeerEnv, StartAcceptor } from "../peer.ts";
import { openPool } from "../shop/insert-row.ts";

// They wait for one lock: more of them would only wait inside the server.
const CONNECTIONS = 16;

const start: StartAcceptor = async (env) => {
  const pool = openPool(env, CONNECTIONS);
  return {
    accept: (userId) => issue(pool, env, userId),
    [Symbol.asyncDispose]: () => pool.end(),
  };
};
export default start;

async function issue(pool: Pool, { couponId }: PeerEnv, userId: string): Promise<AcceptAnswer> {
  const connection = await pool.getConnection();
  try {
    await connection.query("START TRANSACTION");
    const answer = await issueLocked(connection, couponId, userId);
    await connection.query("COMMIT");
    return answer;
  } catch (error) {
    await connection.query("ROLLBACK");
    throw error;
  } finally {
    connection.release();
  }
}

/** The stock is a number beside the quantity, as it must be for the check to cost the same for the last coupon as for the first. */
async function issueLocked(connection: PoolConnection, couponId: string, userId: string): Promise<AcceptAnswer> {
  const [coupons] = await connection.execute<(RowDataPacket & { quantity: number; issued: number })[]>(
    "SELECT quantity, issued FROM coupon WHERE id = ? FOR UPDATE",
    [couponId],
  );
  const coupon = coupons[0];
  if (coupon === undefined || coupon.issued >= coupon.quantity) return "LOST_RACE";
  const [own] = await connection.execute<RowDataPacket[]>(
    "SELECT id FROM issued_coupon WHERE coupon_id = ? AND user_id = ?",
    [couponId, userId],
  );
  if (own.length > 0) return "LOST_RACE";
  await connection.execute<ResultSetHeader>("INSERT INTO issued_coupon (coupon_id, user_id) VALUES (?, ?)", [
    couponId,
    userId,
  ]);
  await connection.execute<ResultSetHeader>("UPDATE coupon SET issued = issued + 1 WHERE id = ?", [couponId]);
  return "ACCEPTED";
}
