import { type Database, isDatabaseUnavailable, isLockConflict, issueRows } from "@firstcome/database";
import type { Row, RowWriter, WriteResult } from "../domain/row-writer.ts";
import { isBadRow } from "./bad-row.ts";

/** Rows of `user_coupon`. */
export class MysqlRowWriter implements RowWriter {
  readonly #pool: Database["pool"];

  constructor(database: Pick<Database, "pool">) {
    this.#pool = database.pool;
  }

  async write(rows: readonly Row[]): Promise<WriteResult> {
    try {
      return { kind: "written", ...(await issueRows(this.#pool, rows)) };
    } catch (error) {
      return toResult(error);
    }
  }
}

/** What is not known to be a row's fault is not taken for it: a coupon must not be lost to a missing table. */
function toResult(error: unknown): WriteResult {
  if (isBadRow(error)) return { kind: "badRow", reason: error.message };
  if (isLockConflict(error)) return { kind: "notNow", why: "CONTENTION", error };
  return { kind: "notNow", why: isDatabaseUnavailable(error) ? "AWAY" : "UNEXPECTED", error };
}
