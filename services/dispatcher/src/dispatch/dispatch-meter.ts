import type { Metrics } from "@firstcome/runtime";
import type { FailureKind } from "../domain/retry-policy.ts";

/** Counts what the dispatch does: for GetStats since this process started, and for Prometheus. */
export class DispatchMeter {
  readonly totals = {
    deliveredBatches: 0,
    ackedBatches: 0,
    ackedItems: 0,
    failedAttempts: 0,
    claimedBatches: 0,
    deadItems: 0,
  };
  readonly #metrics: ReturnType<typeof createDispatchMetrics>;

  constructor(metrics: Metrics) {
    this.#metrics = createDispatchMetrics(metrics);
  }

  delivered(batches: number, items: number): void {
    this.totals.deliveredBatches += batches;
    this.#metrics.deliveredBatches.inc(batches);
    this.#metrics.deliveredItems.inc(items);
  }

  ackedBatch(): void {
    this.totals.ackedBatches += 1;
    this.#metrics.ackedBatches.inc();
  }

  committed(items: number): void {
    this.totals.ackedItems += items;
    this.#metrics.ackedItems.inc(items);
  }

  failed(kind: FailureKind): void {
    this.totals.failedAttempts += 1;
    this.#metrics.failures.inc({ kind });
  }

  claimed(batches: number): void {
    this.totals.claimedBatches += batches;
    this.#metrics.claimedBatches.inc(batches);
  }

  buried(items: number): void {
    this.totals.deadItems += items;
    this.#metrics.deadItems.inc(items);
  }

  settled(ms: number): void {
    this.#metrics.settleSeconds.observe(ms / 1_000);
  }
}

const FAILURE_KINDS: readonly FailureKind[] = ["nack", "crash", "deadline"];

function createDispatchMetrics(metrics: Metrics) {
  const counter = (name: string, help: string) => metrics.counter({ name: `firstcome_dispatch_${name}_total`, help });
  const failures = metrics.counter({
    name: "firstcome_dispatch_failures_total",
    help: "Attempts that failed",
    labelNames: ["kind"],
  });
  // Alerts look at how a series grows: one that is born at 1, and not at 0, has not grown.
  for (const kind of FAILURE_KINDS) failures.inc({ kind }, 0);
  return {
    deliveredBatches: counter("delivered_batches", "Batches given to workers, each attempt"),
    deliveredItems: counter("delivered_items", "Items given to workers, each attempt"),
    ackedBatches: counter("acked_batches", "Batches that workers acknowledged"),
    ackedItems: counter("acked_items", "Items that workers committed"),
    claimedBatches: counter("claimed_batches", "Batches taken over from other dispatchers"),
    deadItems: counter("dead_items", "Items sent to the dead letters"),
    failures,
    settleSeconds: metrics.histogram({
      name: "firstcome_dispatch_settle_seconds",
      help: "From an Ack to the batch being off the hand-off",
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30],
    }),
  };
}
