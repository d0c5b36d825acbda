/** How often one user may ask: so many at once, and so many a second for long. */
export interface UserRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Users that are kept in mind at most: some 20 MB. */
const MOST_USERS = 200_000;

/**
 * Holds every user to a rate, by one number for each: when all that the user has asked for so far would have been asked for
 * at the even rate. That may lie as far in the future as a burst is long, and a user for whom it lies in the past is as good
 * as unknown. (Known as GCRA, and as a leaky bucket.)
 *
 * The memory is bounded: of more users than fit, those that have not asked for longest are forgotten, and may then ask a
 * whole burst again.
 */
export class UserRates {
  readonly #intervalMs: number;
  readonly #burstMs: number;
  readonly #generationSize: number;
  // Whoever asks is in the younger map. The older one is dropped when the younger is full, or when nobody in it matters.
  #younger = new Map<string, number>();
  #older = new Map<string, number>();
  #youngerSince = Number.NEGATIVE_INFINITY;

  constructor({ perSecond, burst }: UserRate, mostUsers = MOST_USERS) {
    this.#intervalMs = 1_000 / perSecond;
    this.#burstMs = burst * this.#intervalMs;
    this.#generationSize = Math.ceil(mostUsers / 2);
  }

  /**
   * Counts one question of a user, unless it comes too soon: that costs the user nothing.
   *
   * @param now ms on a clock that nobody sets back
   * @returns 0, or how many ms too soon it is
   */
  ask(userId: string, now: number): number {
    const evenAt = Math.max(this.#younger.get(userId) ?? this.#older.get(userId) ?? now, now);
    // In this order: `now` is taken from itself, and leaves no rounding by which somebody unknown would come too soon.
    const tooSoonMs = evenAt - now - (this.#burstMs - this.#intervalMs);
    if (tooSoonMs > 0) return tooSoonMs;
    if (this.#younger.size >= this.#generationSize || now - this.#youngerSince >= this.#burstMs) this.#turn(now);
    this.#younger.set(userId, evenAt + this.#intervalMs);
    return 0;
  }

  /** Users in mind. */
  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  #turn(now: number): void {
    this.#older = this.#younger;
    this.#younger = new Map();
    this.#youngerSince = now;
  }
}
