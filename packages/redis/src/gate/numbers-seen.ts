import type { SeenNumbers } from "./decide.ts";

/** Some 150 bytes each. */
const COUPONS = 1_000;

/**
 * How far the numbers of coupons had come that were told here. A Redis that knows less has forgotten some, and must not give them
 * to others. Bounded: the coupons whose numbers have stood still for longest are the first to go.
 */
export class NumbersSeen {
  readonly #coupons = new Map<string, SeenNumbers>();

  of(couponId: string): SeenNumbers | undefined {
    return this.#coupons.get(couponId);
  }

  note(couponId: string, seen: SeenNumbers): void {
    const before = this.#coupons.get(couponId);
    if (before?.nextNo === seen.nextNo && before.load === seen.load) return;
    this.#coupons.delete(couponId);
    this.#coupons.set(couponId, seen);
    if (this.#coupons.size <= COUPONS) return;
    for (const stillest of this.#coupons.keys()) {
      this.#coupons.delete(stillest);
      return;
    }
  }
}
