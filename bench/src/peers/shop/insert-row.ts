import { createPool, type Pool } from "mysql2/promise";
import type { PeerEnv } from "../peer.ts";

/** @param connections how many inserts may be under way */
export function openPool({ mysqlUrl }: PeerEnv, connections: number): Pool {
  return createPool({ uri: mysqlUrl, connectionLimit: connections });
}

/** Writes one row by a prepared statement; one that is there already stays, so that a message may come twice. */
export async function insertRow(pool: Pool, couponId: string, userId: string): Promise<void> {
  await pool.execute("INSERT IGNORE INTO issued_coupon (coupon_id, user_id) VALUES (?, ?)", [couponId, userId]);
}
