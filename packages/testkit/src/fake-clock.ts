/** A clock that stands still until told otherwise; fits wherever the runtime's `Clock` does. */
export class FakeClock {
  #now: number;

  /** @param now epoch ms. */
  constructor(now: number = Date.UTC(2030, 0, 1)) {
    this.#now = now;
  }

  /** Epoch ms. */
  now(): number {
    return this.#now;
  }

  set(now: number): void {
    this.#now = now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
