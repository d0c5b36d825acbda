import type { WorkerLoad } from "./worker-load.ts";

/**
 * Who gets a batch: of the workers with credit for it, the one with the fewest items outstanding; among equals, the one
 * that attached first. A worker that still sits on a lapsed attempt of this batch comes last: whoever hung on it once may
 * do so again, but where there is nobody else it gets another chance.
 *
 * @returns undefined when nobody has credit for it
 */
export function chooseWorker(
  workers: Iterable<WorkerLoad>,
  batch: { id: string; items: number },
): WorkerLoad | undefined {
  let best: WorkerLoad | undefined;
  for (const worker of workers) {
    if (worker.canTake(batch.items) && (!best || isBetter(worker, best, batch.id))) best = worker;
  }
  return best;
}

function isBetter(one: WorkerLoad, other: WorkerLoad, batchId: string): boolean {
  const oneHung = one.hasLapsed(batchId);
  if (oneHung !== other.hasLapsed(batchId)) return !oneHung;
  return one.items < other.items;
}
