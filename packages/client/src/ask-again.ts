import { setTimeout as sleep } from "node:timers/promises";
import { Code, RpcError } from "@firstcome/rpc";
import { fullJitterBackoff } from "@firstcome/runtime";

export interface AskAgainOptions {
  /** For how long it is asked again, in ms. 60 000 unless given. */
  readonly patienceMs?: number;
  /** Told of every attempt that failed (0, 1, …). */
  readonly onFailure?: (error: RpcError, attempt: number) => void;
}

/**
 * Asks again after an error that may pass, until there is an answer. What gRPC's own retries of a client do not outlast, such as
 * a service that is away for seconds, this does: for callers who would rather wait. Every call of Firstcome may be repeated;
 * one that has a request id with the same one.
 *
 * @param ask told how many attempts came before, and for how long it will be asked again, in ms
 * @throws what the last attempt failed with
 */
export async function askAgain<T>(
  ask: (attempt: number, leftMs: number) => Promise<T>,
  { patienceMs = 60_000, onFailure = () => undefined }: AskAgainOptions = {},
): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask(attempt, Math.max(until - performance.now(), 0));
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      onFailure(error, attempt);
      const waitMs = Math.max(backoff(attempt), Math.min(error.retryAfterMs ?? 0, LONGEST_WAIT_MS));
      if (!mayPass(error) || performance.now() + waitMs >= until) throw error;
      await sleep(waitMs);
    }
  }
}

/** Whether the same call may come to another end later: nobody knows what came of it, or nothing did. */
export function mayPass({ code }: RpcError): boolean {
  return PASSING.has(code);
}

const PASSING: ReadonlySet<Code> = new Set([Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED]);
const backoff = fullJitterBackoff({ baseMs: 50, maxMs: 1_000 });
/** The longest that a caller waits because the service asks for it. */
const LONGEST_WAIT_MS = 2_000;
