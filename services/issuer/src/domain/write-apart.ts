import type { NotNow, Row, RowWriter } from "./row-writer.ts";

export type WriteApartResult =
  | {
      kind: "settled";
      written: number;
      /** All rows but these are there. */
      failures: readonly RowFailure[];
    }
  /** Some rows may be written, some not: write all of them again. */
  | { kind: "notNow"; why: NotNow; error: unknown };

/** A row that no retry can help. */
export interface RowFailure {
  readonly row: Row;
  readonly kind: "NUMBER_CONFLICT" | "BAD_ROW";
  /** For people. */
  readonly detail: string;
}

/**
 * Writes rows in one go, and where a bad one keeps the others out, in halves and halves of halves until each bad row is
 * alone: n bad rows among m cost about 2·n·log₂ m more writes, and nobody else suffers from them.
 */
export async function writeApart(writer: RowWriter, rows: readonly Row[]): Promise<WriteApartResult> {
  const result = await writer.write(rows);
  if (result.kind === "notNow") return result;
  if (result.kind === "badRow") return await isolate(writer, rows, result.reason);
  return { kind: "settled", written: result.written, failures: result.conflicts.map(toFailure) };
}

async function isolate(writer: RowWriter, rows: readonly Row[], reason: string): Promise<WriteApartResult> {
  const [first, ...others] = rows;
  if (first && others.length === 0) {
    return { kind: "settled", written: 0, failures: [{ row: first, kind: "BAD_ROW", detail: reason }] };
  }
  const middle = Math.ceil(rows.length / 2);
  const left = await writeApart(writer, rows.slice(0, middle));
  if (left.kind === "notNow") return left;
  const right = await writeApart(writer, rows.slice(middle));
  if (right.kind === "notNow") return right;
  return { kind: "settled", written: left.written + right.written, failures: [...left.failures, ...right.failures] };
}

function toFailure({ row, detail }: { row: Row; detail: string }): RowFailure {
  return { row, kind: "NUMBER_CONFLICT", detail };
}
