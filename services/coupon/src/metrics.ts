import type { Metrics } from "@firstcome/runtime";

/** What the coupon service counts, besides what the RPC server and the loops do. */
export interface CouponMetrics {
  readonly onBatch: (users: number, ms: number) => void;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly onLoaded: (winners: number) => void;
  readonly onOverIssued: (rows: number) => void;
  readonly onExpired: (rows: number) => void;
}

const OUTCOMES = ["ACCEPTED", "ALREADY_ISSUED", "SOLD_OUT", "NOT_OPEN", "PAUSED", "FINISHED"] as const;
type Outcome = (typeof OUTCOMES)[number];

export function couponMetrics(metrics: Metrics): CouponMetrics {
  const batchUsers = metrics.histogram({
    name: "firstcome_gate_batch_users",
    help: "Users decided on by one call of the gate's script",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
  });
  const batchSeconds = metrics.histogram({
    name: "firstcome_gate_batch_seconds",
    help: "How long one call of the gate's script took",
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
  });
  const loads = metrics.counter({ name: "firstcome_gate_loads_total", help: "Coupons loaded from the database" });
  const loadedWinners = metrics.counter({
    name: "firstcome_gate_loaded_winners_total",
    help: "Winners loaded with them",
  });
  const overIssued = metrics.counter({
    name: "firstcome_over_issued_rows_total",
    help: "Rows found beyond a coupon's quantity. Anything but 0 is an alarm",
  });
  const expired = metrics.counter({
    name: "firstcome_user_coupons_expired_total",
    help: "Users' coupons that expired before they were used",
  });
  const outcomes = metrics.counter({
    name: "firstcome_issue_outcomes_total",
    help: "Answers of the gate to users, by outcome",
    labelNames: ["outcome"],
  });
  // Looked up once: finding a labelled counter costs four times as much as counting.
  const byOutcome = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, outcomes.labels(outcome)]));
  return {
    onOutcome: (outcome) => byOutcome[outcome]?.inc(),
    onBatch(users, ms) {
      batchUsers.observe(users);
      batchSeconds.observe(ms / 1_000);
    },
    onLoaded(winners) {
      loads.inc();
      loadedWinners.inc(winners);
    },
    onOverIssued: (rows) => overIssued.inc(rows),
    onExpired: (rows) => expired.inc(rows),
  };
}
