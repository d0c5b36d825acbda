/**
 * Keeps a client from asking a server that is overloaded much more than it can serve. Refusing is work for the server, too: a few
 * times of what it serves is all it can refuse, so beyond that its clients must do it (adaptive throttling: Site Reliability
 * Engineering, 2016, chapter 21). Times are in ms of any one clock.
 *
 * Of the calls of the last moments, the server took some; up to half as many again are let through, so that it is asked for all
 * that it can do and a client learns within a second or two when it can do more. The rest ends here, at random.
 */
export class HoldBack {
  #asked = 0;
  #taken = 0;
  #fadedAt = 0;

  /** @param chance from 0 to 1, a new one for each call */
  mayAsk(now: number, chance: number): boolean {
    this.#fade(now);
    const surplus = this.#asked - ASKED_PER_TAKEN * this.#taken - SLACK;
    if (chance * this.#asked >= surplus) return true;
    this.#asked += 1;
    return false;
  }

  /** A call has ended, and was not refused as one too many. */
  taken(now: number): void {
    this.#fade(now);
    this.#asked += 1;
    this.#taken += 1;
  }

  refused(now: number): void {
    this.#fade(now);
    this.#asked += 1;
  }

  #fade(now: number): void {
    const passed = now - this.#fadedAt;
    if (passed < FADE_EVERY_MS) return;
    const share = Math.exp(-passed / MEMORY_MS);
    this.#asked *= share;
    this.#taken *= share;
    this.#fadedAt = now;
  }
}

const ASKED_PER_TAKEN = 1.5;
/** Those who ask little are never held back: it would help nobody. */
const SLACK = 100;
const MEMORY_MS = 500;
const FADE_EVERY_MS = 10;
