import { onTestFinished } from "vitest";
import { startWorker, type Worker, type WorkerOptions } from "../src/index.ts";
import type { ScriptedDispatcher } from "./scripted-dispatcher.ts";

/** A worker for one test, which it ends with: quick to come back, quick to give up. */
export function workerFor(
  dispatchers: ScriptedDispatcher | readonly ScriptedDispatcher[],
  options: Partial<WorkerOptions> = {},
): Worker {
  const list = "address" in dispatchers ? [dispatchers] : dispatchers;
  const worker = startWorker({
    addresses: list.map(({ address }) => address),
    name: "test-worker",
    capacity: { maxBatches: 10, maxItems: 1_000 },
    handle: async () => {},
    backoff: () => 10,
    drainTimeoutMs: 100,
    ...options,
  });
  onTestFinished(() => worker.drain());
  return worker;
}
