import { AggregatorRegistry, type Registry } from "prom-client";
import type { MetricsSnapshot } from "./messages.ts";

/**
 * The metrics of several processes as those of one. Counters and histograms never go back: a process that has ended, or does
 * not answer, still counts with what it said last. Gauges are of those that answer, summed or as their `aggregator` says.
 */
export class SummedMetrics {
  readonly #last = new Map<object, MetricsSnapshot>();
  #ended: MetricsSnapshot = [];

  /**
   * Prometheus text.
   *
   * @param answers of every living process, undefined for one that did not answer
   * @param own what is known apart from them
   */
  async sum(answers: ReadonlyMap<object, MetricsSnapshot | undefined>, own: MetricsSnapshot): Promise<string> {
    const parts = [own, this.#ended];
    for (const [process, answer] of answers) {
      if (answer) this.#last.set(process, answer);
      parts.push(answer ?? onlyGrowing(this.#last.get(process)));
    }
    return await aggregate(whatIsKnown(parts)).metrics();
  }

  /** The process has ended. */
  end(process: object): void {
    const last = this.#last.get(process);
    if (!last) return;
    this.#last.delete(process);
    // What an aggregate holds are snapshots themselves.
    this.#ended = onlyGrowing(aggregate([this.#ended, last]).getMetricsAsArray() as unknown as MetricsSnapshot);
  }
}

/** The greatest of a number and NaN is NaN to prom-client: a process that does not know yet would hide what the others know. */
function whatIsKnown(parts: readonly MetricsSnapshot[]): MetricsSnapshot[] {
  const known = new Set(parts.flatMap((part) => part.filter(isKnownMaximum).map(({ name }) => name)));
  return parts.map((part) =>
    part.map((metric) =>
      known.has(metric.name)
        ? { ...metric, values: metric.values.filter(({ value }) => !Number.isNaN(value)) }
        : metric,
    ),
  );
}

function isKnownMaximum({ aggregator, values }: MetricsSnapshot[number]): boolean {
  return aggregator === "max" && values.some(({ value }) => !Number.isNaN(value));
}

function aggregate(snapshots: MetricsSnapshot[]): Registry {
  return AggregatorRegistry.aggregate(snapshots);
}

function onlyGrowing(snapshot: MetricsSnapshot = []): MetricsSnapshot {
  // The types of prom-client say that `type` is a number; it is the word that Prometheus uses.
  return snapshot.filter(({ type }) => ["counter", "histogram"].includes(String(type)));
}
