/** Whether the database refused the content of a row: no repetition helps, and the rows beside it may be fine. */
export function isBadRow(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { sqlState, errno } = error as Error & { sqlState?: unknown; errno?: unknown };
  return (
    (typeof sqlState === "string" && CONTENT_CLASSES.has(sqlState.slice(0, 2))) ||
    (typeof errno === "number" && CONTENT_ERRORS.has(errno))
  );
}

/** Of SQLSTATE: data exception, integrity constraint violation, and what a trigger refuses with SIGNAL. */
const CONTENT_CLASSES = new Set(["22", "23", "45"]);

/** Content errors that come under the catch-all HY000, on MySQL, MariaDB or both. */
const CONTENT_ERRORS = new Set([
  1300, // invalid character string
  1364, // a column without default
  1366, // a value that the column's type does not know
  1526, // no partition for the value
  3819, // a check constraint (MySQL)
  4025, // a check constraint (MariaDB)
]);
