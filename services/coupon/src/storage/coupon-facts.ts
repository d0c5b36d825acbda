import type { CouponFacts } from "../domain/coupon.ts";
import { BoundedMap } from "./bounded-map.ts";

/** How many coupons are remembered; some 200 bytes each. */
const CAPACITY = 10_000;

/** What coupons are worth, from memory where it was met before: it never changes. */
export class RememberedFacts {
  readonly #coupons: { findAll(couponIds: readonly string[]): Promise<CouponFacts[]> };
  readonly #known = new BoundedMap<string, CouponFacts>(CAPACITY);

  constructor(coupons: { findAll(couponIds: readonly string[]): Promise<CouponFacts[]> }) {
    this.#coupons = coupons;
  }

  async of(couponId: string): Promise<CouponFacts | undefined> {
    return this.#known.get(couponId) ?? (await this.ofAll([couponId])).get(couponId);
  }

  /** Without those that do not exist. */
  async ofAll(couponIds: readonly string[]): Promise<Map<string, CouponFacts>> {
    const found = new Map<string, CouponFacts>();
    const missing = new Set<string>();
    for (const id of couponIds) {
      const known = this.#known.get(id);
      if (known) found.set(id, known);
      else missing.add(id);
    }
    if (missing.size === 0) return found;
    for (const { id, discount, validForMs } of await this.#coupons.findAll([...missing])) {
      const facts = { id, discount, validForMs };
      this.#known.set(id, facts);
      found.set(id, facts);
    }
    return found;
  }
}
