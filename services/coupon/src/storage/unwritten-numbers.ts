import type { WinnerRows } from "@firstcome/database";
import { askDatabase } from "./faults.ts";
import { WrittenSpans } from "./written-spans.ts";

export interface UnwrittenNumbersOptions {
  readonly rows: Pick<WinnerRows, "countBySpan" | "numbers">;
  /** Ms, of a clock that never goes back. */
  readonly now: () => number;
}

/** Rows read at once, where some are missing among them. */
const SPAN = 10_000;
/** Numbers found, and spans read for them, in one go. */
const MOST_NUMBERS = 50_000;
const MOST_SPANS = 100;

/** Finds the numbers of coupons that are no rows. Reads little of a coupon that is mostly written. */
export class UnwrittenNumbers {
  readonly #rows: UnwrittenNumbersOptions["rows"];
  readonly #written: WrittenSpans;

  constructor({ rows, now }: UnwrittenNumbersOptions) {
    this.#rows = rows;
    this.#written = new WrittenSpans(now);
  }

  /** Those above `after`, up to `upTo`, ascending; `next` is where to go on, if not all were looked at. */
  async find(
    couponId: string,
    { after, upTo }: { after: number; upTo: number },
  ): Promise<{ numbers: number[]; next?: number }> {
    const rows = this.#rows;
    const known = this.#written.of(couponId);
    const start = Math.max(known.upTo, after);
    if (start >= upTo) return { numbers: [] };
    const counts = await askDatabase(() => rows.countBySpan(couponId, { after: start, span: SPAN, upTo }));
    const numbers: number[] = [];
    let reads = 0;
    let unbroken = start <= known.upTo;
    for (let from = start, i = 0; from < upTo; from += SPAN, i += 1) {
      const to = Math.min(from + SPAN, upTo);
      if ((counts[i] ?? 0) === to - from) {
        if (unbroken) known.upTo = to;
        continue;
      }
      unbroken = false;
      if (reads === MOST_SPANS || numbers.length > MOST_NUMBERS - SPAN) return { numbers, next: from };
      reads += 1;
      const written = await askDatabase(() => rows.numbers(couponId, { after: from, upTo: to }));
      for (const no of missing(written, from, to)) numbers.push(no);
    }
    return { numbers };
  }
}

/** Of after + 1 … upTo, those that are not among `written`, which ascend. */
function* missing(written: readonly number[], after: number, upTo: number): Generator<number> {
  let expected = after + 1;
  for (const no of written) {
    for (; expected < no; expected += 1) yield expected;
    expected = no + 1;
  }
  for (; expected <= upTo; expected += 1) yield expected;
}
