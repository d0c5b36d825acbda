/** Work that goes on beside the reader who starts it, up to a limit. The first failure ends the reader, too. */
export class UnderWay {
  readonly #limit: number;
  #weight = 0;
  #failure: { error: unknown } | undefined;
  #waiting: (() => void) | undefined;

  /** @param limit the most that may be under way, in the unit of the weights */
  constructor(limit: number) {
    this.#limit = limit;
  }

  start(weight: number, work: () => Promise<void>): void {
    this.#weight += weight;
    work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#weight -= weight;
        this.#waiting?.();
      });
  }

  /** Resolves when more may be started. */
  room(): Promise<void> {
    return this.#until(() => this.#weight < this.#limit);
  }

  /** Resolves when nothing is under way any more. */
  finished(): Promise<void> {
    return this.#until(() => this.#weight === 0);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = resolve;
      await promise;
    }
    if (this.#failure) throw this.#failure.error;
  }
}
