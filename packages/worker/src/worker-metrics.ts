import type { Metrics } from "@firstcome/runtime";
import type { BatchOutcome } from "./outcome.ts";

export interface WorkerMetrics {
  delivered(): void;
  settled(outcome: BatchOutcome["kind"]): void;
  detached(): void;
}

/** Asked whenever the metrics are read. */
export interface WorkerState {
  sessions(): number;
  held(): number;
  unconfirmed(): number;
}

const NONE: WorkerMetrics = { delivered: () => {}, settled: () => {}, detached: () => {} };

export function createWorkerMetrics(metrics: Metrics | undefined, state: WorkerState): WorkerMetrics {
  if (!metrics) return NONE;
  const gauge = (name: string, help: string, read: () => number): void => {
    metrics.gauge({
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  };
  gauge("firstcome_worker_sessions", "Dispatchers that give work", () => state.sessions());
  gauge("firstcome_worker_held_batches", "Batches in hand", () => state.held());
  gauge("firstcome_worker_unconfirmed_acks", "Committed batches whose Ack is not confirmed", () => state.unconfirmed());
  const delivered = metrics.counter({
    name: "firstcome_worker_deliveries_total",
    help: "Batches delivered, each attempt",
  });
  const detached = metrics.counter({ name: "firstcome_worker_detached_total", help: "Sessions that ended" });
  const settled = metrics.counter({
    name: "firstcome_worker_settled_total",
    help: "Batches by outcome",
    labelNames: ["outcome"],
  });
  const byOutcome = {
    done: settled.labels("done"),
    failed: settled.labels("failed"),
    released: settled.labels("released"),
  };
  return {
    delivered: () => delivered.inc(),
    detached: () => detached.inc(),
    settled: (outcome) => byOutcome[outcome].inc(),
  };
}
