import type { LeasePort } from "./lease.ts";
import { type LeaseKeeper, keepLease } from "./lease-keeper.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { atCron, everyInterval, type Schedule } from "./schedule.ts";

export type LoopSpec = {
  /** In logs and metrics. */
  name: string;
  /** One pass. The signal aborts when the loop is stopped or its lease is lost; a long pass then ends early. */
  runOnce: (signal: AbortSignal) => Promise<unknown>;
  log: Logger;
  metrics?: Metrics | undefined;
  /** With it, passes run only in the process that holds the lease, from its first pass to the loop's stop. */
  lease?: LeasePort | undefined;
} & (
  | {
      /** Pause from the end of a pass to the start of the next, in ms. The first pass starts at once. */
      intervalMs: number;
    }
  | {
      /** Cron pattern, seconds first, such as "0 0 0,12 * * *". A moment that passes during a pass is skipped. */
      cron: string;
      /** IANA name; the zone of the process unless set. */
      timeZone?: string | undefined;
    }
);

export interface Loop extends AsyncDisposable {
  /** No new pass; resolves when the running one has ended and the lease is given back. */
  stop(): Promise<void>;
}

/** Repeats a pass. Passes never overlap; one that throws is logged and counted and ends nothing. */
export function startLoop(spec: LoopSpec): Loop {
  const schedule = "cron" in spec ? atCron(spec.cron, spec.timeZone) : everyInterval(spec.intervalMs);
  const stopping = new AbortController();
  const finished = repeat(spec, schedule, stopping.signal);
  const stop = (): Promise<void> => {
    stopping.abort();
    return finished;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

async function repeat(spec: LoopSpec, schedule: Schedule, stop: AbortSignal): Promise<void> {
  const lease = spec.lease && keepLease(spec.lease);
  const failures = spec.metrics
    ?.counter({ name: "firstcome_loop_failures_total", help: "Passes that threw", labelNames: ["loop"] })
    .labels(spec.name);
  // Alerts look at how a series grows: one that is born at 1, and not at 0, has not grown.
  failures?.inc(0);
  try {
    for (;;) {
      await schedule(stop);
      if (stop.aborted) return;
      try {
        await pass(spec, lease, stop);
      } catch (error) {
        if (stop.aborted) {
          spec.log.info({ err: error, loop: spec.name }, "a pass was cut short by the stop");
        } else {
          failures?.inc();
          spec.log.error({ err: error, loop: spec.name }, "a pass failed");
        }
      }
    }
  } finally {
    await lease
      ?.release()
      .catch((error: unknown) => spec.log.warn({ err: error, loop: spec.name }, "the lease was not given back"));
  }
}

async function pass(spec: LoopSpec, lease: LeaseKeeper | undefined, stop: AbortSignal): Promise<void> {
  if (!lease) {
    await spec.runOnce(stop);
    return;
  }
  const held = await lease.hold();
  if (held) await spec.runOnce(AbortSignal.any([stop, held.signal]));
}
