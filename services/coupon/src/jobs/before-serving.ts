import { type BehindDeps, closeGatesBehind, loadAnew } from "../domain/gates-behind.ts";
import { type SyncDeps, syncOlderTerms } from "./sync-coupons.ts";

/**
 * Looks at all gates before this process answers anybody: Redis may hold older data than MySQL, restored from a backup, while
 * nobody was there to see it come. What is behind is closed when this resolves, and is loaded while the process serves. A look
 * that fails or leaves out some keeps nobody from being served: with one of its stores away a process serves what it can.
 *
 * @param lookAgain called after such a look
 */
export async function lookBeforeServing(
  deps: BehindDeps & SyncDeps,
  lookAgain: () => void,
  signal?: AbortSignal,
): Promise<AsyncDisposable> {
  const stopping = new AbortController();
  let loading = Promise.resolve();
  try {
    const { closed, whole } = await closeGatesBehind(deps, signal);
    loading = loadAnew(deps, closed, stopping.signal);
    if (!whole) lookAgain();
    await syncOlderTerms(deps, signal);
  } catch (error) {
    deps.log.error({ err: error }, "what Redis holds could not be looked at");
    lookAgain();
  }
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await loading;
    },
  };
}
