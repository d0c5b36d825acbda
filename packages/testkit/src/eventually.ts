import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 10;

export interface EventuallyOptions {
  /** 60 000 unless given: how long a machine that is busy with other things may take. */
  timeoutMs?: number;
}

/**
 * Repeats `attempt` until it neither throws nor returns `false`, and gives what it returned. For conditions that nothing signals; where
 * there is a promise or an event, await that.
 *
 * @throws when the time is up, with the last failure in the message and as the cause.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const { timeoutMs = 60_000 } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const outcome = await tryOnce(attempt);
    if (outcome.done) {
      return outcome.value;
    }
    if (Date.now() >= deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${describe(outcome.failure)}`, { cause: outcome.failure });
    }
    await sleep(POLL_MS);
  }
}

type Outcome<T> = { done: true; value: Exclude<T, false> } | { done: false; failure: unknown };

async function tryOnce<T>(attempt: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await attempt();
    return isThere(value) ? { done: true, value } : { done: false, failure: new Error("the condition stayed false") };
  } catch (failure) {
    return { done: false, failure };
  }
}

function isThere<T>(value: T): value is Exclude<T, false> {
  return value !== false;
}

function describe(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
