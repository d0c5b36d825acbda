import { fullJitterBackoff } from "@firstcome/runtime";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { setTimeout as sleep } from "node:timers/promises";
import { isLockConflict } from "./faults.ts";
import type { Database } from "./open-database.ts";

/** A transaction under way: what repositories are made from. */
export type UnitOfWork = SqlEntityManager;

const ATTEMPTS = 5;
const backoff = fullJitterBackoff({ baseMs: 10, maxMs: 200 });

/**
 * Runs `work` in one transaction (READ COMMITTED): committed when it resolves, rolled back when it throws. After a
 * deadlock or a lock timeout it runs again from the start, so it must have no effect outside the transaction.
 */
export async function transact<T>(db: Database, work: (em: UnitOfWork) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.em().transactional(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isLockConflict(error)) throw error;
    }
    await sleep(backoff(attempt));
  }
}
