import { OverloadedError } from "../domain/faults.ts";

export interface BulkheadSpec {
  /** Works at once. */
  width: number;
  /** Works that may wait for their turn. */
  maxWaiting: number;
  /** How long each may, in ms. */
  maxWaitMs: number;
}

/** Keeps one kind of work from taking all of what it shares with others: connections that it holds while it waits. */
export class Bulkhead {
  readonly #spec: BulkheadSpec;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(spec: BulkheadSpec) {
    this.#spec = spec;
  }

  /** @throws OverloadedError when it is not its turn in time */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#spec.width) await this.#turn();
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#handOver();
    }
  }

  #turn(): Promise<void> {
    const { maxWaiting, maxWaitMs } = this.#spec;
    if (this.#waiting.size >= maxWaiting) throw new OverloadedError(maxWaitMs);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begin = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(begin);
      reject(new OverloadedError(maxWaitMs));
    }, maxWaitMs);
    this.#waiting.add(begin);
    return promise;
  }

  /** The place goes straight to whoever has waited longest, so that nobody comes between. */
  #handOver(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
