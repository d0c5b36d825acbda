import type { Metrics } from "@firstcome/runtime";
import type { App } from "./app.ts";

/** Gauges that are asked for their value when somebody looks. */
export function observeApp(metrics: Metrics, { dispatch, holdings, settler, backlog }: App): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>, aggregator: Over = "sum"): void => {
    metrics.gauge({
      name: `firstcome_dispatch_${name}`,
      help,
      aggregator,
      async collect() {
        this.set(await read());
      },
    });
  };
  gauge("workers", "Workers attached here", () => dispatch.workers);
  gauge("outstanding_batches", "Batches with workers", () => holdings.count().outBatches);
  gauge("outstanding_items", "Items with workers", () => holdings.count().outItems);
  gauge("held_batches", "Batches read here that no worker has", () => holdings.count().heldBatches);
  gauge("unsettled_batches", "Batches done and not yet off the hand-off", () => settler.size);
  gauge("paused", "1 while the dispatch is paused", () => Number(dispatch.paused), "max");
  const shared = (name: string, help: string, of: (stats: Stats) => number): void =>
    gauge(name, help, () => backlog.read().then(of, unknown), "max");
  shared("backlog_batches", "Batches not settled, of all dispatchers", ({ batches }) => batches);
  shared("pending_batches", "Batches that some dispatcher has", ({ pending }) => pending);
  shared("dead_letters", "Dead letters, of all dispatchers", ({ deadLetters }) => deadLetters);
}

/** How several processes' values become one: what all of them see must not be added up. */
type Over = "sum" | "max";
type Stats = Awaited<ReturnType<App["backlog"]["read"]>>;

/** Without Redis there is no saying; the other metrics are wanted then more than ever. */
const unknown = (): number => Number.NaN;
