import { setTimeout as sleep } from "node:timers/promises";
import { RpcError } from "@firstcome/rpc";
import type { Logger } from "@firstcome/runtime";

const LONGEST_RETRY_AFTER_MS = 30_000;
/** About a minute's worth, once the back-off has grown. */
const FAILURES_PER_WARNING = 20;

/** What became of one session. */
export interface SessionEnd {
  /** It lived long enough to say that the dispatcher is well. */
  healthy: boolean;
  /** Why it ended; undefined when the dispatcher asked the worker to attach anew. */
  error: Error | undefined;
}

export interface KeepAttachedSpec {
  address: string;
  /** Attaches once; resolves when the session takes no more work. */
  attach: () => Promise<SessionEnd>;
  /** Ms to wait after so many failures in a row (0, 1, …). */
  backoff: (failures: number) => number;
  signal: AbortSignal;
  log: Logger;
}

/** Attaches to one address again and again, until told to stop. */
export async function keepAttached(spec: KeepAttachedSpec): Promise<void> {
  const { address, attach, backoff, signal, log } = spec;
  let failures = 0;
  while (!signal.aborted) {
    const { healthy, error } = await attach();
    if (signal.aborted) return;
    if (healthy) failures = 0;
    if (healthy && !error) continue;
    const waitMs = Math.max(backoff(failures), retryAfterMs(error));
    report(log, failures, { address, reason: error?.message, waitMs });
    failures += 1;
    // The only way in which a sleep fails is being woken: the loop's condition sees why.
    await sleep(waitMs, undefined, { signal }).catch(() => {});
  }
}

/** The first of a row of failures, and now and then another, since a refused token looks like this as well. */
function report(log: Logger, failures: number, facts: object): void {
  if (failures % FAILURES_PER_WARNING === 0) log.warn({ ...facts, failures }, "not attached; trying again");
  else log.debug({ ...facts, failures }, "not attached; trying again");
}

/** What the dispatcher asked for, within reason. */
function retryAfterMs(error: Error | undefined): number {
  return error instanceof RpcError ? Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS) : 0;
}
