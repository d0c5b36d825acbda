import { BoundedMap } from "./bounded-map.ts";
import { SingleFlight } from "./single-flight.ts";

export interface UnknownCouponsOptions {
  /** The highest id in the database. */
  readonly highestId: () => Promise<string>;
  /** Ms, of a clock that never goes back. */
  readonly now: () => number;
}

/** How long an answer is believed, in ms: so long may a coupon made by another process stay unseen by those who asked too early. */
const BELIEVED_MS = 1_000;
const CAPACITY = 10_000;

/**
 * Keeps floods of ids that do not exist away from the database: an id is looked up once a second, and ids beyond the
 * highest, of which there are endlessly many, not at all.
 */
export class UnknownCoupons {
  readonly #options: UnknownCouponsOptions;
  /** Id → when it was found missing. */
  readonly #missing = new BoundedMap<string, number>(CAPACITY);
  readonly #asking = new SingleFlight<"highest", bigint>();
  #highest = { id: 0n, askedAt: Number.NEGATIVE_INFINITY };

  constructor(options: UnknownCouponsOptions) {
    this.#options = options;
  }

  /** Found missing a moment ago. */
  has(couponId: string): boolean {
    if (this.#missing.size === 0) return false;
    const since = this.#missing.get(couponId);
    if (since === undefined) return false;
    if (this.#options.now() - since < BELIEVED_MS) return true;
    this.#missing.delete(couponId);
    return false;
  }

  /** Found missing now. */
  add(couponId: string): void {
    this.#missing.set(couponId, this.#options.now());
  }

  /** Made now: it is there whatever was found before. */
  made(couponId: string): void {
    this.#missing.delete(couponId);
    if (BigInt(couponId) > this.#highest.id) this.#highest.id = BigInt(couponId);
  }

  /** False: its id is beyond those that the database has given out. */
  async mayExist(couponId: string): Promise<boolean> {
    const id = BigInt(couponId);
    if (id <= this.#highest.id) return true;
    if (this.#options.now() - this.#highest.askedAt < BELIEVED_MS) return false;
    return id <= (await this.#asking.run("highest", () => this.#ask()));
  }

  async #ask(): Promise<bigint> {
    const id = BigInt(await this.#options.highestId());
    this.#highest = { id: id > this.#highest.id ? id : this.#highest.id, askedAt: this.#options.now() };
    return this.#highest.id;
  }
}
