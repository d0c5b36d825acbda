import type { Pool, RowDataPacket } from "mysql2/promise";

/**
 * Looks at the settings on which it rests that a committed row outlives a crash of the database's machine. What Redis had of the
 * row is gone by then.
 *
 * @returns a sentence for each that is unsafe, or that they cannot be read. Never throws
 */
export async function checkDurability(pool: Pool): Promise<string[]> {
  try {
    const [[settings]] = await pool.query<RowDataPacket[]>(
      "SELECT @@innodb_flush_log_at_trx_commit AS flush, @@log_bin AS logs, @@sync_binlog AS sync",
    );
    const warnings: string[] = [];
    const flush = String(settings?.["flush"]);
    if (flush !== "1") warnings.push(`MySQL has innodb_flush_log_at_trx_commit ${flush}, not 1: ${LOST_ROWS}`);
    const sync = String(settings?.["sync"]);
    // Without a binlog there is nothing to sync.
    if (String(settings?.["logs"]) === "1" && sync !== "1")
      warnings.push(`MySQL has sync_binlog ${sync}, not 1: ${LOST_LOG}`);
    return warnings;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      `the settings of MySQL cannot be read (${why}): see that it has innodb_flush_log_at_trx_commit 1, sync_binlog 1`,
    ];
  }
}

const LOST_ROWS = "a crash of its machine may forget the rows of the last second, of which Redis has nothing any more";
const LOST_LOG = "a crash of its machine may leave replicas and backups without the last rows";
