import { setTimeout as sleep } from "node:timers/promises";
import { Code, codeName, RpcError } from "@firstcome/rpc";
import { fullJitterBackoff } from "@firstcome/runtime";
import type { Failure } from "../history/entry.ts";

const backoff = fullJitterBackoff({ baseMs: 50, maxMs: 1_000 });
/** The longest that a caller waits because it was asked to. */
const LONGEST_WAIT_MS = 2_000;

/** Nobody knows whether something was done, or nothing was: the same call may be made again. */
const WORTH_ASKING_AGAIN = new Set<string>(
  [Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED].map(codeName),
);

export interface Patience {
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** When it is given up, epoch ms. */
  readonly until: number;
}

/**
 * Asks, as real callers do, again after an error that says it is worth it, until the patience is over.
 *
 * @param ask told how many attempts came before
 * @param onFailure told of every attempt that failed
 * @returns the answer; undefined when there was none in time, or one that no repetition changes
 */
export async function askUntilAnswered<T>(
  ask: (attempt: number, timeoutMs: number) => Promise<T>,
  { timeoutMs, until }: Patience,
  onFailure: (failure: Failure, attempt: number) => void,
): Promise<T | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(attempt, Math.min(timeoutMs, Math.max(until - Date.now(), 1)));
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      onFailure(
        { outcome: "FAILED", code: codeName(error.code), reason: error.reason, message: error.message },
        attempt,
      );
      const waitMs = Math.max(backoff(attempt), Math.min(error.retryAfterMs ?? 0, LONGEST_WAIT_MS));
      if (!isWorthAskingAgain(codeName(error.code)) || Date.now() + waitMs >= until) return undefined;
      await sleep(waitMs);
    }
  }
}

/** @param code its name; after any other the same call comes to the same end */
export function isWorthAskingAgain(code: string): boolean {
  return WORTH_ASKING_AGAIN.has(code);
}
