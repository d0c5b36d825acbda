import { fullJitterBackoff, type Logger } from "@firstcome/runtime";
import { MikroORM, type SqlEntityManager } from "@mikro-orm/mysql";
import { MysqlDialect } from "kysely";
import type { Pool } from "mysql2/promise";
import { setTimeout as sleep } from "node:timers/promises";
import { Coupon } from "./entities/coupon.ts";
import { Order } from "./entities/order.ts";
import { OrderItem } from "./entities/order-item.ts";
import { OutboxMessage } from "./entities/outbox-message.ts";
import { Product } from "./entities/product.ts";
import { UserCoupon } from "./entities/user-coupon.ts";
import { createConnectionPool } from "./pool.ts";

export interface DatabaseOptions {
  /** mysql://user:password@host:port/schema */
  url: string;
  /** Connections at most; 10 unless set. */
  poolSize?: number;
  log: Logger;
  /** How long to wait for a server that is not there yet, in ms; 30 000 unless set. */
  waitMs?: number;
  /** Ends the wait early. */
  signal?: AbortSignal;
}

export interface Database extends AsyncDisposable {
  readonly url: string;
  /** For bulk statements and plain SQL; pool.ts says how values come back. */
  readonly pool: Pool;
  /** A fresh unit of work: one for each use. */
  em(): SqlEntityManager;
}

/**
 * Connects, waiting for the server if need be.
 *
 * @throws the last connection error when the server has not answered within `waitMs`, or at once when it refuses the
 * user or the schema.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, poolSize = 10 } = options;
  const pool = createConnectionPool(url, poolSize);
  try {
    await waitForServer(pool.promise(), options);
  } catch (error) {
    await pool.promise().end();
    throw error;
  }
  const orm = new MikroORM({
    entities: [Coupon, UserCoupon, Product, Order, OrderItem, OutboxMessage],
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    driverOptions: new MysqlDialect({ pool }),
    forceUtcTimezone: true,
    // Each of these would cost queries or files, and none is used.
    discovery: { warnWhenNoEntities: false },
    ensureDatabase: false,
    metadataCache: { enabled: false },
  });
  return {
    url,
    pool: pool.promise(),
    em: () => orm.em.fork(),
    // Not MikroORM's own close: it ends the pool only when it has used it, and the pool is all there is to end.
    [Symbol.asyncDispose]: () => pool.promise().end(),
  };
}

async function waitForServer(pool: Pool, { log, waitMs = 30_000, signal }: DatabaseOptions): Promise<void> {
  const deadline = Date.now() + waitMs;
  const backoff = fullJitterBackoff({ baseMs: 100, maxMs: 2_000 });
  for (let attempt = 0; ; attempt += 1) {
    try {
      await pool.query("SELECT 1");
      return;
    } catch (error) {
      if (isRefusal(error) || Date.now() >= deadline) throw error;
      if (attempt === 0) log.warn({ err: error }, "waiting for the database");
    }
    await sleep(backoff(attempt), undefined, { signal });
  }
}

/** Waiting does not cure these: access denied (to the server, to the schema), no such schema. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "errno" in error && [1044, 1045, 1049].includes(Number(error.errno));
}
