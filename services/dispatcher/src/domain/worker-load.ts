// A data structure, no more than Map is.
// oxlint-disable-next-line eslint/no-restricted-imports
import { SlotMap } from "@firstcome/runtime";
import type { HeldBatch } from "./held-batch.ts";

/** How much a worker is willing to have outstanding. */
export interface Capacity {
  readonly maxBatches: number;
  readonly maxItems: number;
}

/**
 * What one attached worker has, against what it is willing to have.
 *
 * An attempt that was taken from the worker (its deadline passed, another worker acknowledged the batch) has *lapsed*: it
 * still takes up the worker's credit until the worker answers it, since the worker is still busy with it. That is what
 * keeps a hanging worker, idle as it would look, from being given batch after batch.
 */
export class WorkerLoad {
  readonly workerId: string;
  capacity: Capacity;
  /** Gets no new batch: it leaves, or it is sent away. */
  closing = false;
  /** Does not read what was written to it. */
  congested = false;
  readonly #batches = new SlotMap<string, Share>();
  #items = 0;

  constructor(workerId: string, capacity: Capacity) {
    this.workerId = workerId;
    this.capacity = capacity;
  }

  get batches(): number {
    return this.#batches.size;
  }

  get items(): number {
    return this.#items;
  }

  hasCredit(): boolean {
    const { maxBatches, maxItems } = this.capacity;
    return !this.closing && !this.congested && this.batches < maxBatches && this.#items < maxItems;
  }

  /** A batch larger than the whole capacity is for a worker that has nothing else to settle. */
  canTake(items: number): boolean {
    return this.hasCredit() && (this.#items + items <= this.capacity.maxItems || !this.hasCurrent());
  }

  /** How many batches of this size there is credit for. */
  room(itemsPerBatch: number): number {
    if (!this.hasCredit()) return 0;
    const byItems = Math.max(1, Math.floor((this.capacity.maxItems - this.#items) / itemsPerBatch));
    return Math.min(this.capacity.maxBatches - this.batches, byItems);
  }

  /** @param partOf the batch, when this attempt is without the items of it that are dead */
  take(batchId: string, token: string, items: number, partOf?: HeldBatch): void {
    this.finish(batchId);
    this.#batches.set(batchId, { token, items, partOf, lapsed: false });
    this.#items += items;
  }

  lapse(batchId: string): void {
    const share = this.#batches.get(batchId);
    if (share) share.lapsed = true;
  }

  hasLapsed(batchId: string): boolean {
    return this.#batches.get(batchId)?.lapsed === true;
  }

  /** The worker is done with the batch; returns what it had. With a token: only if that is the attempt it has. */
  finish(batchId: string, token?: string): Share | undefined {
    const share = this.#batches.get(batchId);
    if (!share || (token !== undefined && share.token !== token)) return undefined;
    this.#batches.delete(batchId);
    this.#items -= share.items;
    return share;
  }

  /** The batches that are this worker's to settle, and nobody else's. */
  current(): string[] {
    return [...this.#batches].filter(([, share]) => !share.lapsed).map(([batchId]) => batchId);
  }

  hasCurrent(): boolean {
    for (const share of this.#batches.values()) if (!share.lapsed) return true;
    return false;
  }
}

/** What a worker has of a batch. */
interface Share {
  readonly token: string;
  readonly items: number;
  readonly partOf: HeldBatch | undefined;
  lapsed: boolean;
}
