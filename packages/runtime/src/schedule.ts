import { Cron } from "croner";

/** Resolves when the next pass is due, and at once when the signal aborts. Asked once a pass. */
export type Schedule = (stop: AbortSignal) => Promise<void>;

/** At once, and then so long after the end of each pass. */
export function everyInterval(intervalMs: number): Schedule {
  let first = true;
  return async (stop) => {
    if (!first) await pause(intervalMs, stop);
    first = false;
  };
}

/**
 * At the moments of a cron pattern, seconds first. Moments that pass during a pass are skipped.
 *
 * @param timeZone IANA name; the zone of the process unless set
 * @throws Error when the pattern or the zone is not one
 */
export function atCron(pattern: string, timeZone: string | undefined): Schedule {
  const cron = new Cron(pattern, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });
  let due = 0;
  return async (stop) => {
    // Not before the last moment, in case its timer fired a trifle early.
    due = cron.nextRun(new Date(Math.max(due, Date.now())))?.getTime() ?? Number.POSITIVE_INFINITY;
    // In slices: a timer counts neither beyond 2³¹ ms nor the time that a machine sleeps or its clock jumps.
    while (!stop.aborted && due > Date.now()) await pause(Math.min(due - Date.now(), LONGEST_SLICE_MS), stop);
  };
}

const LONGEST_SLICE_MS = 30_000;

/** Resolves after `ms`, or at once when the signal aborts. */
async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const { promise: over, resolve: wake } = Promise.withResolvers<void>();
  const timer = setTimeout(wake, ms);
  const onStop = (): void => wake();
  stop.addEventListener("abort", onStop, { once: true });
  await over;
  clearTimeout(timer);
  stop.removeEventListener("abort", onStop);
}
