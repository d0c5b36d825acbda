import { askDatabaseWith } from "@firstcome/database";
import { GateDeadlineError, GateQueueFullError, GateUnavailableError } from "@firstcome/redis";
import { OverloadedError, TooLateError, UnavailableError } from "../domain/faults.ts";

/** A Redis that is away is not back sooner, and callers come back all together. */
const RETRY_AFTER_MS = 200;

/** Runs a database access; what it throws is the domain's, where the domain has a word for it. */
export const askDatabase = askDatabaseWith(
  (retryAfterMs, cause) => new UnavailableError("DATABASE", retryAfterMs, cause),
);

/** Runs an access to Redis that is not a call of the gate. All that can fail there is Redis or the way to it. */
export async function askRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // From a database access within, as when a coupon is loaded.
    if (error instanceof UnavailableError) throw error;
    throw new UnavailableError("GATE", RETRY_AFTER_MS, error);
  }
}

/** What a call of the gate threw, in the domain's words. */
export function gateFault(error: unknown): unknown {
  if (error instanceof GateUnavailableError) return new UnavailableError("GATE", error.retryAfterMs, error.cause);
  if (error instanceof GateQueueFullError) return new OverloadedError("GATE_QUEUE", error.retryAfterMs);
  if (error instanceof GateDeadlineError) return new TooLateError();
  return error;
}
