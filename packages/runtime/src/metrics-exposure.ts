import { collectDefaultMetrics, type Registry } from "prom-client";
import { startMetricsServer } from "./metrics-server.ts";
import { primaryLink } from "./processes/primary-link.ts";

export interface MetricsExposureSpec {
  host: string;
  /** 0 takes any free port. Undefined: nothing is served. */
  port: number | undefined;
  registry: Registry;
  /** What `/healthz` answers: 200 or 503. */
  health: () => boolean;
}

export interface MetricsExposure extends AsyncDisposable {
  /** Of the server of this process, "127.0.0.1:9464"; undefined when it has none. */
  readonly address: string | undefined;
}

/**
 * Serves `/metrics` and `/healthz` of a process, its own metrics among them. A worker of several serves nothing itself: its
 * primary does for all of them.
 */
export async function exposeMetrics({ host, port, registry, health }: MetricsExposureSpec): Promise<MetricsExposure> {
  if (port === undefined) return { address: undefined, [Symbol.asyncDispose]: async () => {} };
  if (registry.getSingleMetric("process_cpu_seconds_total") === undefined)
    collectDefaultMetrics({ register: registry });
  if (!primaryLink) return await startMetricsServer({ host, port, metrics: () => registry.metrics(), health });
  const exposed = primaryLink.expose({ registry, health });
  return { address: undefined, [Symbol.asyncDispose]: async () => exposed[Symbol.dispose]() };
}
