import { type Logger, type Loop, type Metrics, startLoop } from "@firstcome/runtime";
import type { App } from "../app.ts";
import { expireOrders } from "./expire-orders.ts";
import { measureOutbox } from "./measure-outbox.ts";

const MEASURE_EVERY_MS = 5_000;

export interface JobsSpec {
  app: App;
  expireIntervalMs: number;
  log: Logger;
  metrics: Metrics;
}

/** Starts what repeats: the deliveries, one lane for each receiver, and the jobs. All may run in every process. */
export function startJobs({ app, expireIntervalMs, log, metrics }: JobsSpec): Loop[] {
  const { lanes } = app;
  return [
    ...Object.entries(lanes).map(([name, lane]) =>
      // The lane itself waits, for as long as it should.
      startLoop({ name: `deliver-${name}`, intervalMs: 0, log, metrics, runOnce: (signal) => lane.runOnce(signal) }),
    ),
    startLoop({
      name: "expire-orders",
      intervalMs: expireIntervalMs,
      log,
      metrics,
      runOnce: async (signal) => {
        await expireOrders(app, signal);
      },
    }),
    startLoop({
      name: "measure-outbox",
      intervalMs: MEASURE_EVERY_MS,
      log,
      metrics,
      runOnce: () => measureOutbox(app),
    }),
  ];
}
