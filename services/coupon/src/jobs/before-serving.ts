import { type BehindDeps, closeGatesBehind, loadAnew } from "../domain/gates-behind.ts";
import { type SyncDeps, syncOlderTerms } from "./sync-coupons.ts";

/**
 * Looks at all gates before this process answers anybody: Redis may hold older data than MySQL, restored from a backup, while
 * nobody was there to see it come. What is behind is closed when this resolves, and is loaded while the process serves. When the
 * look itself fails that is logged, and the jobs do the same later: with one of its stores away a process serves what it can.
 */
export async function lookBeforeServing(deps: BehindDeps & SyncDeps, signal?: AbortSignal): Promise<AsyncDisposable> {
  const stopping = new AbortController();
  let loading = Promise.resolve();
  try {
    const { closed } = await closeGatesBehind(deps, signal);
    loading = loadAnew(deps, closed, stopping.signal);
    await syncOlderTerms(deps, signal);
  } catch (error) {
    deps.log.error({ err: error }, "what Redis holds could not be looked at");
  }
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await loading;
    },
  };
}
