import { BoundedMap } from "./bounded-map.ts";

/**
 * How long it is believed, in ms. A complete coupon is one for good, unless its rows get lost; then it is looked through again,
 * and told from the gate.
 */
const BELIEVED_MS = 60_000;
const CAPACITY = 10_000;

/** Remembers which coupons are complete and not in the gate, so that neither Redis nor its row is asked for that each time. */
export class CompleteCoupons {
  readonly #now: () => number;
  /** Id → when it was found to be. */
  readonly #found = new BoundedMap<string, number>(CAPACITY);

  /** @param now ms, of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  has(couponId: string): boolean {
    if (this.#found.size === 0) return false;
    const since = this.#found.get(couponId);
    if (since === undefined) return false;
    if (this.#now() - since < BELIEVED_MS) return true;
    this.#found.delete(couponId);
    return false;
  }

  /** Found to be now. */
  add(couponId: string): void {
    this.#found.set(couponId, this.#now());
  }

  /** It is in the gate now: that answers. */
  loaded(couponId: string): void {
    this.#found.delete(couponId);
  }
}
