import { setTimeout as wait } from "node:timers/promises";
import { Code, RpcError } from "@firstcome/rpc";

const WORTH_ASKING_AGAIN = new Set<number>([Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED]);
const GIVE_UP_AFTER_MS = 120_000;

/**
 * Asks, as real callers do, again after an error that says it is worth it.
 *
 * @param ask told how many attempts came before
 */
export async function askUntilAnswered<T>(ask: (attempt: number) => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(attempt);
    } catch (error) {
      const again = error instanceof RpcError && WORTH_ASKING_AGAIN.has(error.code);
      if (!again || Date.now() > giveUpAt) throw error;
      await wait(Math.random() * Math.min(50 * 2 ** attempt, 1_000));
    }
  }
}
