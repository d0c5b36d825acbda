/** Asks a service for coupons, over its connections. */
export interface Asker {
  /** Asks for the users `first` … `first + count - 1` of `userIdOf` together, over the nth connection. */
  ask(connection: number, first: number, count: number): void;
  close(): void;
}

/** Hears what became of each ask: first `answered` for each user of whom something is known, then `settled`. */
export interface AskListener {
  /** @param outcome an IssueOutcome @param issueNo 0 for those who did not win */
  answered(user: number, outcome: number, issueNo: number): void;
  settled(connection: number, first: number, count: number): void;
}
