import { setTimeout as pause } from "node:timers/promises";
import { Code, RpcError } from "@firstcome/rpc";

const WORTH_ASKING_AGAIN: ReadonlySet<Code> = new Set([
  Code.UNAVAILABLE,
  Code.DEADLINE_EXCEEDED,
  Code.RESOURCE_EXHAUSTED,
]);
const PATIENCE_MS = 60_000;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks, as real callers do, again after an error that says it is worth it: for a machine that is too slow for the rush. Every
 * call of Firstcome may be repeated.
 *
 * @throws what the last attempt failed with
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const again = error instanceof RpcError && WORTH_ASKING_AGAIN.has(error.code);
      if (!again || performance.now() > giveUpAt) throw error;
      await pause(error.retryAfterMs ?? Math.random() * Math.min(50 * 2 ** attempt, LONGEST_PAUSE_MS));
    }
  }
}
