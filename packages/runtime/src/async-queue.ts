/**
 * A bounded queue between a pushing and a pulling side: push as events come, read with `for await`. One reader.
 *
 * The queue ends for its reader after {@link close}, once the items already in it are read; {@link fail} ends it at
 * once. A reader that leaves its loop closes the queue, and later pushes are refused.
 */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #head = 0;
  #waiting: PromiseWithResolvers<IteratorResult<T, undefined>> | undefined;
  #closed = false;
  #failure: { error: unknown } | undefined;

  constructor({ capacity }: { capacity: number }) {
    this.#capacity = capacity;
  }

  /** False when the queue is full or closed; the item is then not taken. */
  push(item: T): boolean {
    if (this.#closed) return false;
    if (this.#waiting) {
      this.#take().resolve({ done: false, value: item });
      return true;
    }
    if (this.size >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** No more items; the reader gets those already here. */
  close(): void {
    this.#closed = true;
    if (this.#waiting) this.#take().resolve({ done: true, value: undefined });
  }

  /** Drops what is queued; the reader's next read throws `error`. */
  fail(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#clear();
    if (this.#waiting) this.#take().reject(error);
    else this.#failure = { error };
  }

  /** Items pushed and not yet read. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  get closed(): boolean {
    return this.#closed;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#shift() });
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    if (this.#waiting) return Promise.reject(new Error("an AsyncQueue has one reader"));
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#clear();
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): PromiseWithResolvers<IteratorResult<T, undefined>> {
    const waiting = this.#waiting;
    if (!waiting) throw new Error("nobody waits");
    this.#waiting = undefined;
    return waiting;
  }

  #shift(): T {
    const item = this.#items[this.#head] as T;
    this.#head += 1;
    // Array.shift moves every item; moving them once per half keeps a read at constant cost.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
