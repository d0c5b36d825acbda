/** A winner, to become a row. */
export interface Row {
  readonly couponId: string;
  readonly userId: string;
  readonly issueNo: number;
  /** Epoch ms. */
  readonly acceptedAt: number;
}

/** Where rows go. */
export interface RowWriter {
  /** Writes rows in one go. Writing a row again changes nothing; with no rows it says whether any would be taken. Never rejects. */
  write(rows: readonly Row[]): Promise<WriteResult>;
}

export type WriteResult =
  /** Each row is there with its number, by this write or an earlier one, except for the conflicts. */
  | { kind: "written"; written: number; conflicts: readonly Conflict[] }
  /** No row was written, since one of them or more cannot be: their content is bad. */
  | { kind: "badRow"; reason: string }
  /** Nothing is wrong with the rows; write them again. */
  | { kind: "notNow"; why: NotNow; error: unknown };

/**
 * Lost a race for locks (again at once), the store is away (until it is back), or something that should not happen,
 * such as a missing table (until somebody mends it).
 */
export type NotNow = "CONTENTION" | "AWAY" | "UNEXPECTED";

/** The store says something else than the gate: the user has another number, or the number another user. */
export interface Conflict {
  readonly row: Row;
  /** For people. */
  readonly detail: string;
}
