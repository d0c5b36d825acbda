/** Lets so many at a time do something; the others wait for their turn, in the order in which they came. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** A place in the queue, which is to be left in any case: with it the turn ends, or is not waited for any more. */
  queue(): Place {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#free > 0) {
      this.#free -= 1;
      resolve();
    } else this.#waiting.add(resolve);
    let left = false;
    return {
      turn: promise,
      leave: () => {
        if (left) return;
        left = true;
        if (!this.#waiting.delete(resolve)) this.#next();
      },
    };
  }

  #next(): void {
    for (const begin of this.#waiting) {
      this.#waiting.delete(begin);
      begin();
      return;
    }
    this.#free += 1;
  }
}

export interface Place {
  /** Resolves when it is one's turn. */
  readonly turn: Promise<void>;
  leave(): void;
}
