import type { Row } from "./row-writer.ts";
import type { RowFailure } from "./write-apart.ts";

/** What became of a batch. */
export type BatchResult =
  /** All rows are there but these. */
  | { kind: "settled"; failures: readonly RowFailure[] }
  /** Not all rows are there, for no fault of theirs: somebody must write the batch again. */
  | { kind: "released" };

/** Rows of one batch that go into one insert. */
export interface Part {
  readonly batch: PendingBatch;
  readonly rows: readonly Row[];
}

/** A batch from its arrival until the fate of its last row is known. */
export class PendingBatch {
  /** Epoch ms. */
  readonly acceptedAt: number;
  /** By `performance.now()`, which nobody sets back. */
  readonly arrivedAt: number;
  readonly result: Promise<BatchResult>;
  readonly #resolve: (result: BatchResult) => void;
  readonly #rows: readonly Row[];
  #taken = 0;
  #settled = 0;
  #released = false;
  #failures: readonly RowFailure[] = [];

  constructor(rows: readonly Row[], arrivedAt: number) {
    const { promise, resolve } = Promise.withResolvers<BatchResult>();
    this.#rows = rows;
    this.acceptedAt = rows[0]?.acceptedAt ?? 0;
    this.arrivedAt = arrivedAt;
    this.result = promise;
    this.#resolve = resolve;
    this.#finish(0);
  }

  /** Rows that are in no insert yet. */
  get left(): number {
    return this.#rows.length - this.#taken;
  }

  take(count: number): Part {
    const rows = this.#rows.slice(this.#taken, this.#taken + count);
    this.#taken += rows.length;
    return { batch: this, rows };
  }

  /** The fate of so many rows is known. @returns whether that settles the batch */
  settle(count: number, failures: readonly RowFailure[]): boolean {
    if (failures.length > 0) this.#failures = [...this.#failures, ...failures];
    return this.#finish(count) && !this.#released;
  }

  /** So many rows are given up. */
  release(count: number): void {
    this.#released = true;
    this.#finish(count);
  }

  #finish(count: number): boolean {
    this.#settled += count;
    if (this.#settled < this.#rows.length) return false;
    this.#resolve(this.#released ? { kind: "released" } : { kind: "settled", failures: this.#failures });
    return true;
  }
}
