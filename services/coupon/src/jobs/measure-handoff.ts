import type { HandoffBacklog } from "@firstcome/redis";

export interface MeasureHandoffDeps {
  readonly handoffRecords: { backlog(): Promise<HandoffBacklog> };
  readonly onHandoff: (entries: number, oldestMs: number) => void;
}

/**
 * Tells how many accepted batches wait in the hand-off, and for how long the oldest has. Read where this service hands them off,
 * whatever dispatchers there are, and wherever these look.
 *
 * What cannot be known is told as NaN: how many there are as soon as a part of Redis is away, an age only when nothing waits in the
 * others. What is hidden cannot make it less.
 *
 * @throws when a part of Redis, or all of it, does not answer in the time that commands have
 */
export async function measureHandoff({ handoffRecords, onHandoff }: MeasureHandoffDeps): Promise<void> {
  const { entries, oldestMs, failure } = await handoffRecords.backlog();
  if (failure === undefined) {
    onHandoff(entries, oldestMs);
    return;
  }
  onHandoff(Number.NaN, oldestMs > 0 ? oldestMs : Number.NaN);
  throw failure;
}
