/** A coupon that is finished and of which nothing is open any more: every number up to `no` is a row, or is given up. */
export interface Completion {
  no: number;
  /** How many are rows. */
  rows: number;
}

/** Undefined: not complete, or completed by an earlier release, which did not count the rows. */
export function toCompletion(no: unknown, rows: unknown): Completion | undefined {
  return no === null || no === undefined || rows === null || rows === undefined
    ? undefined
    : { no: Number(no), rows: Number(rows) };
}
