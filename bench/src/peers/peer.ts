/**
 * Another way to do the same work: N users ask for one coupon, each that is told "accepted" becomes a row in MySQL. A peer
 * accepts in the acceptor's own process, without an RPC front, which favours it against Firstcome's whole way.
 */
export interface Peer {
  /** As in `--only`, such as "list-per-worker". */
  readonly name: string;
  /** One line for the table. */
  readonly title: string;
  readonly needs: readonly ("redis" | "mysql" | "rabbitmq")[];
  /** Users of the timed windows together, sized for 3–5 s / 10 s on two cores. */
  readonly users: { readonly quick: number; readonly full: number };
  /** Callers at once: 256, unless its design wants another. */
  readonly concurrency: number;
  /** Users that share one call of `acceptMany`, for an acceptor that has it: the callers then come in such batches. */
  readonly batch?: number;
  /** Module whose default export is a `StartAcceptor`. */
  readonly acceptor: URL;
  /** Module whose default export is a `StartWorker`, and how many processes run it. */
  readonly worker?: { readonly module: URL; readonly count: number };
  /** What a reader must know about its figures, such as a wait that was left out. @param users of the timed windows together */
  note?(users: number): string;
  /** Creates its tables and keys on empty servers. Called once, before the processes start. */
  prepare(env: PeerEnv): Promise<void>;
  /**
   * How many users have a row, duplicates not counted: a window ends when all accepted have one. Called every 20 ms, so it must be
   * cheap. Exact when there are `enough`; of fewer it may say more than there are, as long as that is below `enough`. Left out by a
   * peer whose work ends with the accept.
   */
  countRows?(env: PeerEnv, enough: number): Promise<number>;
  /** What became of the users, read from the stores when all is over. */
  audit(env: PeerEnv, told: PeerTold): Promise<PeerAudit>;
  /** A short run of its own, on its known fault, after the timed one. */
  readonly fault?: FaultExperiment;
  /** A known fault that no run shows, for people: "a crash between the decision and the job …". */
  readonly untestedFault?: string;
}

/** Where a peer's servers are, and what it issues. Handed to its processes as a structured clone. */
export interface PeerEnv {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  /** Empty unless the peer needs RabbitMQ. */
  readonly amqpUrl: string;
  readonly couponId: string;
  /** Pieces of the coupon. */
  readonly quantity: number;
}

/** What callers were told. */
export interface PeerTold {
  /** Users who were told that they have won, in the order of the answers; one who was told twice is in it twice. */
  readonly accepted: readonly string[];
}

/** What became of the users. */
export interface PeerAudit {
  /** Users who were told that they have won. */
  readonly accepted: number;
  readonly rows: number;
  /** Rows beyond the first of a user. */
  readonly duplicated: number;
  /** Users who were told that they have won and have no row. */
  readonly lost: number;
  /** Rows, or accepts where there are no rows, beyond the quantity. */
  readonly overIssued: number;
}

/** A run that shows a fault which the design has. Not timed; what it finds is printed beside the speed. */
export type FaultExperiment = CrowdExperiment | DeathExperiment;

/** What a crowd does to the design: no more than asking. */
export interface CrowdExperiment {
  /** What happens, for people: "2 000 users race for 1 000 coupons". */
  readonly title: string;
  readonly users: number;
  /** Pieces of the coupon; fewer than `users` for a race for the last ones. */
  readonly quantity: number;
  /** How often each asks: once more when all have been answered. Once unless set. */
  readonly asks?: number;
}

/** What is lost when workers die in the midst of their work. Each user has a piece. */
export interface DeathExperiment {
  readonly title: string;
  /** Before it, so that the workers write as fast as they can when they are hit. Not counted. */
  readonly warmUpUsers: number;
  /** Most users who ask: they keep coming until the workers are back. */
  readonly users: number;
  /** The first so many workers are ended by SIGKILL when `afterRows` more users have a row, and started again after `restartMs`. */
  readonly kill: { readonly afterRows: number; readonly workers: number; readonly restartMs: number };
}

export type AcceptAnswer = "ACCEPTED" | "LOST_RACE";

/** Decides, in the acceptor's process. Rejects when it is not known what became of a user. */
export interface Acceptor extends AsyncDisposable {
  accept(userId: string): Promise<AcceptAnswer>;
  /** Instead of `accept`, when the peer sets `batch`. Answers in the order of the users. */
  acceptMany?(userIds: readonly string[]): Promise<readonly AcceptAnswer[]>;
}

/** Default export of a peer's acceptor module. */
export type StartAcceptor = (env: PeerEnv) => Promise<Acceptor>;

/** Default export of a peer's worker module; `index` counts from 0. Resolves when it is ready to take work. */
export type StartWorker = (env: PeerEnv, index: number) => Promise<AsyncDisposable>;
