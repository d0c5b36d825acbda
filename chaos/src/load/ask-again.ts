import { askAgain, mayPass } from "@firstcome/client";
import { codeName, RpcError } from "@firstcome/rpc";
import type { Failure } from "../history/entry.ts";

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
 * @param onFailure told of every attempt that failed, and whether another may end otherwise
 * @returns the answer; undefined when there was none in time, or one that no repetition changes
 */
export async function askUntilAnswered<T>(
  ask: (attempt: number, timeoutMs: number) => Promise<T>,
  { timeoutMs, until }: Patience,
  onFailure: (failure: Failure, attempt: number, isPassing: boolean) => void,
): Promise<T | undefined> {
  try {
    return await askAgain((attempt, leftMs) => ask(attempt, Math.min(timeoutMs, Math.max(leftMs, 1))), {
      patienceMs: until - Date.now(),
      onFailure: (error, attempt) => onFailure(toFailure(error), attempt, mayPass(error)),
    });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return undefined;
  }
}

function toFailure({ code, reason, message }: RpcError): Failure {
  return { outcome: "FAILED", code: codeName(code), reason, message };
}
