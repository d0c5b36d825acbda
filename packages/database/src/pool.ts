import { createPool, type Pool, type PoolOptions } from "mysql2";
import { boundWaits } from "./bounded-waits.ts";
import { openSocket } from "./socket.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** Well before the socket takes its silence for a dead server (socket.ts). */
const IDLE_TIMEOUT_MS = 30_000;
/** Callers waiting for a connection; more are refused rather than kept. */
const MAX_WAITING = 1_000;

/**
 * The pool that MikroORM and the raw statements share.
 *
 * Rows come as MikroORM wants them, for raw statements too: BIGINT (and COUNT) as decimal strings, DATETIME as text in
 * UTC (see datetime.ts). `affectedRows` counts rows that were changed, not rows that were found.
 */
export function createConnectionPool(url: string, poolSize: number): Pool {
  const pool = createPool({
    ...connectionOptions(url),
    stream: openSocket,
    connectionLimit: poolSize,
    queueLimit: MAX_WAITING,
    // One fewer than there may be: mysql2 closes unused connections only then.
    maxIdle: Math.max(poolSize - 1, 1),
    idleTimeout: IDLE_TIMEOUT_MS,
    gracefulEnd: true,
  });
  boundWaits(pool);
  pool.on("connection", (connection) => {
    // Runs before whatever the connection was opened for: statements of one connection keep their order.
    for (const statement of SESSION) {
      connection.query(statement, (error) => {
        if (error) connection.destroy();
      });
    }
  });
  return pool;
}

export function connectionOptions(url: string): PoolOptions {
  return {
    uri: url,
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: "utf8mb4_bin",
    timezone: "Z",
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    flags: ["-FOUND_ROWS"],
  };
}

const SESSION = [
  // Bad values are errors, never cut to fit; times are UTC; nobody waits long for a lock.
  "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'), time_zone = '+00:00', innodb_lock_wait_timeout = 5",
  // Concurrent bulk inserts deadlock on the gap locks of REPEATABLE READ.
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
];
