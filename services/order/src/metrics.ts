import type { Metrics } from "@firstcome/runtime";
import type { MessageKind } from "./domain/messages.ts";
import type { Failure, RelayObserver } from "./relay/deliver-due.ts";

/** What the order service counts, besides what the RPC server and the loops do. */
export interface OrderMetrics {
  readonly relay: RelayObserver;
  readonly onBacklog: (kind: MessageKind, messages: number, lagMs: number) => void;
}

const KINDS: readonly MessageKind[] = ["SALES", "COUPON_RETURN"];
const REASONS: readonly Failure["why"][] = ["AWAY", "REFUSED"];

export function orderMetrics(metrics: Metrics): OrderMetrics {
  const delivered = metrics.counter({
    name: "firstcome_outbox_delivered_total",
    help: "Messages delivered and removed",
    labelNames: ["kind"],
  });
  const failures = metrics.counter({
    name: "firstcome_outbox_failures_total",
    help: "Deliveries that failed: the receiver was away, or refused the message, which somebody must look at",
    labelNames: ["kind", "why"],
  });
  // Alerts look at how a series grows: one that is born at 1, and not at 0, has not grown.
  for (const kind of KINDS) for (const why of REASONS) failures.labels(kind, why).inc(0);
  const backlog = metrics.gauge({
    name: "firstcome_outbox_backlog",
    help: "Messages due and not delivered, of all processes together; counted up to 10000",
    aggregator: "max",
    labelNames: ["kind"],
  });
  const lag = metrics.gauge({
    name: "firstcome_outbox_lag_seconds",
    help: "How long the oldest of them has been due",
    aggregator: "max",
    labelNames: ["kind"],
  });
  return {
    relay: {
      delivered: (kind, messages) => delivered.labels(kind).inc(messages),
      failed: (kind, why) => failures.labels(kind, why).inc(),
    },
    onBacklog(kind, messages, lagMs) {
      backlog.labels(kind).set(messages);
      lag.labels(kind).set(lagMs / 1_000);
    },
  };
}
