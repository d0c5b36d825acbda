import type { Reason } from "@firstcome/rpc";
import type { Metrics } from "@firstcome/runtime";
import type { ClosedMemoryOptions } from "./closed/closed-memory.ts";
import type { ReadResult } from "./closed/read-pace.ts";
import type { Decision } from "./domain/issue-coupon.ts";
import type { RecoverDeps } from "./domain/recover-numbers.ts";
import type { BatchDeps } from "./handlers/issue-coupons.ts";
import type { MeasureHandoffDeps } from "./jobs/measure-handoff.ts";

/** What the coupon service counts, besides what the RPC server and the loops do. */
export interface CouponMetrics {
  readonly onBatch: (users: number, ms: number) => void;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly onBatchFailed: BatchDeps["onBatchFailed"];
  readonly onLoaded: (winners: number) => void;
  readonly onOverIssued: (rows: number) => void;
  readonly onExpired: (rows: number) => void;
  readonly onGateBehind: () => void;
  readonly onLost: RecoverDeps["onLost"];
  readonly onHandoff: MeasureHandoffDeps["onHandoff"];
  readonly closedGates: Pick<ClosedMemoryOptions, "onAnswer" | "onRemembered" | "onRead"> & {
    readonly metrics: Metrics;
  };
}

type Outcome = Decision["outcome"];

const ALARMING_REASONS: readonly Reason[] = ["INTERNAL", "GATE_UNAVAILABLE", "DATABASE_UNAVAILABLE", "GATE_QUEUE_FULL"];
const READ_RESULTS: readonly ReadResult[] = ["DONE", "CHANGED", "TOO_LARGE", "FAILED"];

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
  // Counted in plain numbers until somebody looks: a labelled counter takes 0.3 µs a call.
  const since = new Map<Outcome, number>();
  metrics.counter({
    name: "firstcome_issue_outcomes_total",
    help: "Answers to users, by the gate or from memory, by outcome",
    labelNames: ["outcome"],
    collect() {
      for (const [outcome, users] of since) this.inc({ outcome }, users);
      since.clear();
    },
  });
  const onOutcome = (outcome: Outcome): void => void since.set(outcome, (since.get(outcome) ?? 0) + 1);
  const failedBatches = metrics.counter({
    name: "firstcome_issue_batches_failed_total",
    help: "Batches on streams of IssueCoupons that were answered with an error, by its reason. The calls end with OK all the same",
    labelNames: ["reason"],
  });
  // Alerts look at how a series grows: one that is born at 1, and not at 0, has not grown. Likewise below.
  for (const reason of ALARMING_REASONS) failedBatches.inc({ reason }, 0);
  return {
    onOutcome,
    onBatchFailed: (reason) => failedBatches.inc({ reason }),
    closedGates: closedGateMetrics(metrics, onOutcome),
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
    ...reconcilingMetrics(metrics),
    onHandoff: handoffMetrics(metrics),
  };
}

/** Each process sees the same hand-off: what they see must not be added up. Unknown (NaN) until it was looked at. */
function handoffMetrics(metrics: Metrics): CouponMetrics["onHandoff"] {
  const entries = metrics.gauge({
    name: "firstcome_handoff_entries",
    help: "Accepted batches that are not issued yet, in the hand-off of this service, of all processes together",
    aggregator: "max",
  });
  const oldest = metrics.gauge({
    name: "firstcome_handoff_oldest_seconds",
    help: "How long the oldest of them has waited, by the clock of Redis; 0 without any",
    aggregator: "max",
  });
  const onHandoff: CouponMetrics["onHandoff"] = (count, oldestMs) => {
    entries.set(count);
    oldest.set(oldestMs / 1_000);
  };
  onHandoff(Number.NaN, Number.NaN);
  return onHandoff;
}

function reconcilingMetrics(metrics: Metrics): Pick<CouponMetrics, "onGateBehind" | "onLost"> {
  const behind = metrics.counter({
    name: "firstcome_gates_behind_total",
    help: "Gates that knew fewer numbers than there are rows, or were told, and were rebuilt: Redis has older data. An alarm",
  });
  const handedOffAgain = metrics.counter({
    name: "firstcome_lost_numbers_recovered_total",
    help: "Accepted numbers that were neither rows nor on their way, and were handed off again. Anything but 0 is an alarm",
  });
  const beyondRecovery = metrics.counter({
    name: "firstcome_lost_numbers_total",
    help: "Numbers that are neither rows nor on their way and whose winners nobody knows. Anything but 0 is an alarm",
  });
  return {
    onGateBehind: () => behind.inc(),
    onLost: {
      handedOffAgain: (numbers) => handedOffAgain.inc(numbers),
      beyondRecovery: (numbers) => beyondRecovery.inc(numbers),
    },
  };
}

function closedGateMetrics(metrics: Metrics, onOutcome: CouponMetrics["onOutcome"]): CouponMetrics["closedGates"] {
  const answers = metrics.counter({
    name: "firstcome_closed_gate_answers_total",
    help: "Answers about closed gates that were given from memory, without Redis",
  });
  const coupons = metrics.gauge({
    name: "firstcome_closed_gate_coupons",
    help: "Coupons whose closed gate is remembered",
  });
  const winners = metrics.gauge({ name: "firstcome_closed_gate_winners", help: "Winners remembered with them" });
  const bytes = metrics.gauge({ name: "firstcome_closed_gate_bytes", help: "Memory that these take" });
  const reads = metrics.counter({
    name: "firstcome_closed_gate_reads_total",
    help: "Readings of a closed coupon's winners, by how they ended",
    labelNames: ["result"],
  });
  for (const result of READ_RESULTS) reads.inc({ result }, 0);
  return {
    metrics,
    onAnswer(outcome) {
      answers.inc();
      onOutcome(outcome);
    },
    onRemembered(held) {
      coupons.set(held.coupons);
      winners.set(held.winners);
      bytes.set(held.bytes);
    },
    onRead: (result) => reads.inc({ result }),
  };
}
