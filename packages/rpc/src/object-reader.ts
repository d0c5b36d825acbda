import type { Readable } from "node:stream";

/**
 * Reads the messages of a call one by one. Unlike a stream's own iterator it leaves the stream alone when the reader
 * stops early (that would take the writing half down too), and hands out what came before an error before it throws.
 */
export class ObjectReader<T> implements AsyncIterable<T> {
  readonly #stream: Readable;
  #waiting: (() => void) | undefined;
  #ended = false;
  #failure: { error: unknown } | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("readable", () => this.#wake());
    stream.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The next message; undefined after the last. */
  async read(): Promise<T | undefined> {
    for (;;) {
      const message = this.#stream.read() as T | null;
      if (message !== null) return message;
      if (this.#failure) throw this.#failure.error;
      if (this.#ended) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = resolve;
      await promise;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let message = await this.read(); message !== undefined; message = await this.read()) yield message;
  }

  /** Ends the reading with `error` once what has arrived is read. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #wake(): void {
    const wake = this.#waiting;
    this.#waiting = undefined;
    wake?.();
  }
}
