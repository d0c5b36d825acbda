import type { RememberedNumbers, SeenNumbers } from "./decide.ts";

/** Some 150 bytes each, and 60 more for each load that is over. */
const COUPONS = 1_000;
/** Of a coupon. Mostly there is none: it takes a loss, or an operator, to load an open coupon anew. */
const LOADS_OVER = 4;

/**
 * How far the numbers of coupons had come that were told here. A Redis that knows less has forgotten some, and must not give them
 * to others: one with a lower number since the same load, or one that is back at a load which another had followed, as after two
 * failovers, there and back, with a load in between. Bounded: the coupons whose numbers have stood still for longest are the first
 * to go.
 */
export class NumbersSeen {
  readonly #coupons = new Map<string, RememberedNumbers>();

  of(couponId: string): RememberedNumbers | undefined {
    return this.#coupons.get(couponId);
  }

  note(couponId: string, { nextNo, load, buckets }: SeenNumbers): void {
    const before = this.#coupons.get(couponId);
    if (before?.nextNo === nextNo && before.load === load) return;
    this.#coupons.delete(couponId);
    this.#coupons.set(couponId, { nextNo, load, buckets, over: loadsOver(before, load) });
    if (this.#coupons.size <= COUPONS) return;
    for (const stillest of this.#coupons.keys()) {
      this.#coupons.delete(stillest);
      return;
    }
  }
}

function loadsOver(before: RememberedNumbers | undefined, load: string): readonly string[] {
  if (!before || before.load === load) return before?.over ?? NONE;
  return [before.load, ...before.over].slice(0, LOADS_OVER);
}

const NONE: readonly string[] = [];
