/** How long and how much each part runs, on two quiet cores. Times in ms. */
export interface Plan {
  /** Parts that only draw curves are cut short when the whole would take longer than this. */
  readonly budgetMs: number;
  /**
   * Short rounds, and many: what the machine does meanwhile then falls on both sides of a ratio. Not shorter, since the kernel counts
   * in ticks of 10 ms, which are 3 % of what such a round takes.
   */
  readonly unary: { readonly rounds: number; readonly roundMs: number; readonly callers: number };
  readonly stream: {
    readonly rounds: number;
    /** A round. Altogether as many as `rabbitmq-batch` has: a row costs the database more the more there are. */
    readonly users: number;
    /** Batches under way over all connections, and users in each. */
    readonly batches: number;
    readonly batch: number;
    /** Of the bare echo's rounds beside it. */
    readonly echoMs: number;
  };
  /** Of the run at half the peak, that tells the lag. */
  readonly lagMs: number;
  readonly curves: {
    readonly pointMs: number;
    /** Of each contestant's peak. */
    readonly shares: readonly number[];
    /** Users per second. */
    readonly rates: readonly number[];
  };
  readonly peers: {
    /** Its users are shared out over so many, one after the other on the same stand. */
    readonly windows: number;
    /**
     * Users who ask before, as a share of those who are timed; the stream's as well. With half of the quick run's users, the last
     * window of four of the peers cost 16 to 25 % less than the first.
     */
    readonly warmUpShare: number;
  };
}

/** Connections of the load generator, as from several front ends. */
export const CONNECTIONS = 4;

const QUICK: Plan = {
  budgetMs: 5.5 * 60_000,
  unary: { rounds: 12, roundMs: 450, callers: 256 },
  stream: { rounds: 3, users: 60_000, batches: 8, batch: 128, echoMs: 1_200 },
  lagMs: 4_000,
  curves: { pointMs: 2_200, shares: [0.25, 0.5, 0.75, 0.9], rates: [500, 2_000, 4_000, 16_000] },
  peers: { windows: 3, warmUpShare: 1 },
};

const FULL: Plan = {
  budgetMs: 20 * 60_000,
  unary: { rounds: 60, roundMs: 500, callers: 256 },
  stream: { rounds: 5, users: 80_000, batches: 8, batch: 128, echoMs: 3_000 },
  lagMs: 10_000,
  curves: {
    pointMs: 5_000,
    shares: [0.1, 0.25, 0.5, 0.75, 0.9, 1],
    rates: [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000],
  },
  peers: { windows: 3, warmUpShare: 0.5 },
};

export function planOf(mode: "quick" | "full"): Plan {
  return mode === "quick" ? QUICK : FULL;
}
