/** What single stages cost, each by itself, at its own limit. CPU is µs of user and system time of all threads. */
export interface MicroResults {
  readonly gateByBatch: readonly GateCost[];
  readonly winners: readonly WinnersMemory[];
  readonly insert: readonly InsertCost[];
  readonly dispatcher: readonly DispatcherCost[];
}

/** The gate's script, `batch` users a call, four partitions busy at once. */
export interface GateCost {
  readonly batch: number;
  readonly itemsPerSecond: number;
  readonly redisUsPerItem: number;
  /** Of the process that asks: hashing, writing the command, reading the answer. */
  readonly nodeUsPerItem: number;
}

/** What Redis keeps of a coupon's winners. */
export interface WinnersMemory {
  readonly ids: "numeric" | "uuid";
  readonly members: number;
  /** Growth of Redis' used memory ÷ members. */
  readonly bytesPerMember: {
    /** As the gate writes them: user, number and time in small hashes. */
    readonly ours: number;
    /** User, and the time as the score. */
    readonly zset: number;
    /** User and number in one hash. */
    readonly hash: number;
    /** Users only. */
    readonly set: number;
  };
}

/** A bulk insert of `rows` rows a statement, one statement at a time. */
export interface InsertCost {
  readonly rows: number;
  /** "issueRows" is what the issuer runs; "values" the same insert as a list of values. */
  readonly statement: "issueRows" | "values";
  readonly nodeUsPerRow: number;
  readonly databaseUsPerRow: number;
  readonly rowsPerSecond: number;
}

/** The hand-off at full backlog: entries of `batch` users, one worker that has nothing to do but acknowledge. */
export interface DispatcherCost {
  readonly batch: number;
  readonly itemsPerSecond: number;
  readonly dispatcherUsPerItem: number;
  readonly workerUsPerItem: number;
  readonly redisUsPerItem: number;
}
