import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from "prom-client";

export type { Counter, Gauge, Histogram };

/**
 * The metrics of one process, in a registry of its own. Asking twice for the same name gives the same metric, so that two
 * loops or two clients can share one.
 */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string = never>(config: CounterConfiguration<L>): Counter<L>;
  gauge<L extends string = never>(config: GaugeConfiguration<L>): Gauge<L>;
  histogram<L extends string = never>(config: HistogramConfiguration<L>): Histogram<L>;
}

/** @param spec.name becomes the label `service` of every metric */
export function createMetrics(spec: { name: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: spec.name });
  const once = <M>(name: string, kind: abstract new (...args: never[]) => M, make: () => M): M => {
    const known = registry.getSingleMetric(name);
    if (known === undefined) return make();
    if (known instanceof kind) return known;
    throw new Error(`the metric ${name} already exists with another type`);
  };
  return {
    registry,
    counter: (config) => once(config.name, Counter, () => new Counter({ ...config, registers: [registry] })),
    gauge: (config) => once(config.name, Gauge, () => new Gauge({ ...config, registers: [registry] })),
    histogram: (config) => once(config.name, Histogram, () => new Histogram({ ...config, registers: [registry] })),
  };
}
