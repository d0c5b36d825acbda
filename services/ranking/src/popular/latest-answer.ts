import type { PopularAnswer } from "../domain/popular.ts";

/** A place for one answer, between who finds them and who reads those that differ from the one read before. */
export class LatestAnswer {
  #latest: { readonly answer: PopularAnswer; readonly content: string } | undefined;
  #read: string | undefined;
  #wake: (() => void) | undefined;

  put(answer: PopularAnswer): void {
    this.#latest = { answer, content: contentOf(answer) };
    if (this.#latest.content !== this.#read) this.#wake?.();
  }

  /**
   * The latest answer, once it says something else than the one read before. One reader.
   *
   * @throws the signal's reason when it aborts
   */
  async next(signal: AbortSignal): Promise<PopularAnswer> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#latest && this.#latest.content !== this.#read) {
        this.#read = this.#latest.content;
        return this.#latest.answer;
      }
      await this.#changed(signal);
    }
  }

  async #changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
    this.#wake = undefined;
  }
}

/**
 * What makes two answers the same: not when they were computed, nor how their fields are ordered. Remembered, since all
 * watchers are given the same.
 */
function contentOf(answer: PopularAnswer): string {
  const known = contents.get(answer);
  if (known !== undefined) return known;
  const lines = answer.popular.products.map(({ productId, name, priceKrw, sold }) => [productId, name, priceKrw, sold]);
  const content = JSON.stringify([lines, answer.stale]);
  contents.set(answer, content);
  return content;
}

const contents = new WeakMap<PopularAnswer, string>();
