import { BoundedMap } from "./bounded-map.ts";

/** A database that came back with older data, or was mended by hand, has fewer rows than before. */
const BELIEVED_MS = 3_600_000;
const CAPACITY = 10_000;

/** What was found of one coupon: every number up to this one is a row. Whoever finds more raises it. */
export interface WrittenSpan {
  upTo: number;
}

/**
 * Remembers how far coupons were found to be written without a gap, so that this need not be read again. Nothing that runs here
 * deletes rows, but they can get lost: so it is believed for an hour from its first finding.
 */
export class WrittenSpans {
  readonly #now: () => number;
  readonly #known = new BoundedMap<string, WrittenSpan & { readonly since: number }>(CAPACITY);

  /** @param now ms, of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  of(couponId: string): WrittenSpan {
    const now = this.#now();
    const known = this.#known.get(couponId);
    if (known && now - known.since < BELIEVED_MS) return known;
    const fresh = { upTo: 0, since: now };
    this.#known.set(couponId, fresh);
    return fresh;
  }
}
