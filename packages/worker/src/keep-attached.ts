import { RpcError } from "@firstcome/rpc";
import type { Logger } from "@firstcome/runtime";

const LONGEST_RETRY_AFTER_MS = 30_000;

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
    failures += 1;
    log.warn({ err: error, address, failures, waitMs: Math.round(waitMs) }, "not attached; trying again");
    await pause(waitMs, signal);
  }
}

/** What the dispatcher asked for, within reason. */
function retryAfterMs(error: Error | undefined): number {
  return error instanceof RpcError ? Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS) : 0;
}

/** Resolves after `ms`, or as soon as the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = (): void => resolve();
  signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", wake);
}
