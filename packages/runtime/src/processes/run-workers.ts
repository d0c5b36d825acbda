import { collectDefaultMetrics } from "prom-client";
import type { Logger } from "../logger.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { startMetricsServer } from "../metrics-server.ts";
import type { RunningService } from "../running-service.ts";
import type { MetricsSnapshot } from "./messages.ts";
import { SummedMetrics } from "./summed-metrics.ts";
import { WorkerProcesses } from "./worker-processes.ts";

export interface WorkersSpec {
  /** The service. */
  name: string;
  workers: number;
  host: string;
  metricsPort: number | undefined;
  /** How long a process that is told to stop is left to itself, in ms. */
  killAfterMs: number;
  log: Logger;
  /** Aborts the start. */
  signal: AbortSignal;
}

/** A process that hangs must not make the answer about it hang. Less than a scrape or a health check waits. */
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Runs a service as several processes of the program that this process runs. They share the port, and their metrics and
 * health are told here as those of one. Disposing stops them as each would stop alone.
 */
export async function runWorkers(spec: WorkersSpec): Promise<RunningService> {
  const { name, workers, host, metricsPort, killAfterMs, log, signal } = spec;
  await using stack = new AsyncDisposableStack();
  const metrics = createMetrics({ name });
  const deaths = metrics.counter({
    name: "firstcome_worker_process_deaths_total",
    help: "Workers that ended, for whatever reason",
  });
  const sums = new SummedMetrics();
  const processes = new WorkerProcesses({
    workers,
    killAfterMs,
    log,
    onEnded: (worker) => {
      deaths.inc();
      sums.end(worker);
    },
  });
  observePrimary(metrics, processes);

  const server =
    metricsPort === undefined
      ? undefined
      : stack.use(
          await startMetricsServer({
            host,
            port: metricsPort,
            async metrics() {
              const own = ofThisProcess(await metrics.registry.getMetricsAsJSON());
              return await sums.sum(await processes.ask("metrics", ANSWER_TIMEOUT_MS), own);
            },
            async health() {
              const answers = [...(await processes.ask("health", ANSWER_TIMEOUT_MS)).values()];
              return answers.filter((healthy) => healthy === true).length === workers;
            },
          }),
        );
  // Whoever disposes learns how it went.
  const stop = (): void => void processes.stop().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  await processes.start();
  stack.defer(() => processes.stop());

  const running = stack.move();
  return {
    ...(processes.address !== undefined && { address: processes.address }),
    metricsAddress: server?.address,
    ready: processes.ready.then(() => ({ workers })),
    lost: processes.lost,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function observePrimary(metrics: Metrics, processes: WorkerProcesses): void {
  collectDefaultMetrics({ register: metrics.registry });
  metrics.gauge({
    name: "firstcome_worker_processes_up",
    help: "Workers that are up, of those that WORKERS asks for",
    collect() {
      this.set(processes.up);
    },
  });
}

/** What this process takes of the machine counts with its workers; how busy its event loop is says nothing about theirs. */
function ofThisProcess(snapshot: MetricsSnapshot): MetricsSnapshot {
  return snapshot.filter(({ name }) => !name.startsWith("nodejs_"));
}
