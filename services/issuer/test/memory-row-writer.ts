import type { Row, RowWriter, WriteResult } from "../src/domain/row-writer.ts";

/** The port as its comments promise it: all or nothing, idempotent, and with rows that it cannot take. */
export class MemoryRowWriter implements RowWriter {
  readonly rows = new Map<number, string>();
  readonly writes: number[][] = [];
  readonly #bad: ReadonlySet<number>;

  constructor(badNos: Iterable<number> = []) {
    this.#bad = new Set(badNos);
  }

  write(rows: readonly Row[]): Promise<WriteResult> {
    this.writes.push(rows.map(({ issueNo }) => issueNo));
    return Promise.resolve(this.#write(rows));
  }

  #write(rows: readonly Row[]): WriteResult {
    const bad = rows.find(({ issueNo }) => this.#bad.has(issueNo));
    if (bad) return { kind: "badRow", reason: `${bad.userId} is bad` };
    let written = 0;
    const conflicts = [];
    for (const row of rows) {
      const owner = this.rows.get(row.issueNo);
      if (owner === undefined) {
        this.rows.set(row.issueNo, row.userId);
        written += 1;
      } else if (owner !== row.userId) conflicts.push({ row, detail: `${row.issueNo} belongs to ${owner}` });
    }
    return { kind: "written", written, conflicts };
  }
}

/** Rows of coupon 7, numbered from `firstNo`. */
export function rowsFrom(firstNo: number, count: number, userPrefix = "u"): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    couponId: "7",
    userId: `${userPrefix}${firstNo + index}`,
    issueNo: firstNo + index,
    acceptedAt: 1_000,
  }));
}
