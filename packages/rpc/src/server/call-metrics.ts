import type { Counter, Gauge, Histogram, Metrics } from "@firstcome/runtime";
import { type Code, codeName } from "../errors/code.ts";

/** Counts the calls of one method. Label sets are looked up once, not per call. */
export interface MethodMetrics {
  /** @returns when the call began, for {@link finished} */
  began(): number;
  finished(began: number, code: Code): void;
}

/** Undefined metrics: nothing is counted, at no cost. */
export function meterMethods(metrics: Metrics | undefined): (method: string) => MethodMetrics {
  if (!metrics) return () => UNMETERED;
  const calls = metrics.counter({
    name: "firstcome_rpc_calls_total",
    help: "Calls answered, by method and status code",
    labelNames: ["method", "code"],
  });
  const running = metrics.gauge({
    name: "firstcome_rpc_calls_running",
    help: "Calls being answered",
    labelNames: ["method"],
  });
  const seconds = metrics.histogram({
    name: "firstcome_rpc_call_seconds",
    help: "From the arrival of a call to its answer; for streams, their life",
    labelNames: ["method"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  return (method) => meterMethod(method, calls, running.labels(method), seconds.labels(method));
}

function meterMethod(
  method: string,
  calls: Counter<"method" | "code">,
  running: Gauge.Internal<"method">,
  seconds: Histogram.Internal<"method">,
): MethodMetrics {
  const byCode: (Counter.Internal | undefined)[] = [];
  return {
    began() {
      running.inc();
      return performance.now();
    },
    finished(began, code) {
      running.dec();
      seconds.observe((performance.now() - began) / 1_000);
      (byCode[code] ??= calls.labels(method, codeName(code))).inc();
    },
  };
}

const UNMETERED: MethodMetrics = { began: () => 0, finished: () => {} };
