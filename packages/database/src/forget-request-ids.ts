import type { Pool, ResultSetHeader } from "mysql2/promise";

/** Few enough that no claim waits long for their locks. */
const ROWS_AT_ONCE = 1_000;

/**
 * Forgets request ids that were used before `before` (epoch ms): a call repeated after that is a new one.
 *
 * @param signal ends it between two statements
 * @returns how many
 */
export async function forgetRequestIds(pool: Pool, before: number, signal?: AbortSignal): Promise<number> {
  for (let forgotten = 0; ;) {
    const [{ affectedRows }] = await pool.query<ResultSetHeader>(
      "DELETE FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?",
      [new Date(before), ROWS_AT_ONCE],
    );
    forgotten += affectedRows;
    if (affectedRows < ROWS_AT_ONCE || signal?.aborted) return forgotten;
  }
}
