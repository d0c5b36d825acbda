import type { WinnerRows } from "@firstcome/database";
import { askDatabase } from "./faults.ts";
import { WrittenSpans } from "./written-spans.ts";

export interface IssuedCountsOptions {
  readonly rows: Pick<WinnerRows, "countBySpan">;
  /** Ms, of a clock that never goes back. */
  readonly now: () => number;
}

/** Rows read again with each count, at most, above those known to be complete. */
const SPAN = 10_000;

/**
 * Counts the committed rows of coupons. Their numbers have no gaps in the end, so a span of them that was full is not read
 * again for as long as that is believed: counting a coupon of 500 000 took 440 ms the first time and 1 ms from then on.
 */
export class IssuedCounts {
  readonly #rows: IssuedCountsOptions["rows"];
  readonly #written: WrittenSpans;

  constructor({ rows, now }: IssuedCountsOptions) {
    this.#rows = rows;
    this.#written = new WrittenSpans(now);
  }

  async of(couponId: string): Promise<number> {
    const written = this.#written.of(couponId);
    const after = written.upTo;
    const counts = await askDatabase(() => this.#rows.countBySpan(couponId, { after, span: SPAN }));
    const open = counts.findIndex((count) => count < SPAN);
    const full = open === -1 ? counts.length : open;
    // Another count, which began later, may have found more.
    written.upTo = Math.max(written.upTo, after + full * SPAN);
    return counts.reduce((sum, count) => sum + count, after);
  }
}
