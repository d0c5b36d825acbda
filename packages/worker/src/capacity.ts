/** How much a worker is willing to have in hand. */
export interface Capacity {
  /** 0–10 000. */
  readonly maxBatches: number;
  /** Items over all batches, 0–10 000 000. A larger batch is still delivered to a worker that has nothing else. */
  readonly maxItems: number;
}

/** What is in hand. */
export interface Load {
  readonly batches: number;
  readonly items: number;
}

/**
 * Splits a worker's capacity among the sessions that take work, so that more dispatchers do not mean more in hand.
 *
 * @param taken what is in hand and belongs to none of these sessions: they ended, or are leaving
 * @returns one share for each session; the first ones get what cannot be split evenly
 */
export function shareOut(total: Capacity, taken: Load, sessions: number): Capacity[] {
  const batches = Math.max(0, total.maxBatches - taken.batches);
  const items = Math.max(0, total.maxItems - taken.items);
  return Array.from({ length: sessions }, (_, index) => ({
    maxBatches: part(batches, sessions, index),
    maxItems: part(items, sessions, index),
  }));
}

function part(whole: number, parts: number, index: number): number {
  return Math.floor(whole / parts) + (index < whole % parts ? 1 : 0);
}
