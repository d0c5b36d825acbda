import type { Pool } from "mysql2";

/** How long a caller waits for a connection of the pool, opening it included, in ms. */
const MAX_WAIT_MS = 5_000;

type OnConnection = Parameters<Pool["getConnection"]>[0];

/**
 * Gives every wait for a connection a deadline. mysql2 bounds how many wait, not for how long: behind a database that hangs,
 * callers would wait until the sockets before them are given up, each for longer than the last. Queries, transactions and
 * MikroORM all come through `getConnection`.
 *
 * Who gave up keeps its place in the queue, and hands on the connection that comes: so the bound on how many wait stands, and
 * once it is reached callers are refused at once.
 */
export function boundWaits(pool: Pool, maxWaitMs = MAX_WAIT_MS): void {
  const getConnection = pool.getConnection.bind(pool);
  pool.getConnection = (callback) => getConnection(unlessLate(callback, maxWaitMs));
}

function unlessLate(callback: OnConnection, maxWaitMs: number): OnConnection {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // All that reads a connection reads the error first.
    callback(new NoConnectionError(maxWaitMs), undefined as never);
  }, maxWaitMs);
  return (error, connection) => {
    clearTimeout(timer);
    if (!late) callback(error, connection);
    else if (!error) connection.release();
  };
}

class NoConnectionError extends Error {
  /** Among the codes by which a lost connection is known. */
  readonly code = "ETIMEDOUT";

  constructor(waitedMs: number) {
    super(`no connection to the database was free within ${waitedMs} ms`);
  }
}
