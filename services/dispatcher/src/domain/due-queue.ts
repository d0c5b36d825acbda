/** What is due when, earliest first: a binary heap. Equal times come out in any order. */
export class DueQueue<T> {
  readonly #heap: { dueAt: number; value: T }[] = [];

  /** When the earliest is due; undefined when there is nothing. */
  get nextDueAt(): number | undefined {
    return this.#heap[0]?.dueAt;
  }

  push(dueAt: number, value: T): void {
    const heap = this.#heap;
    const entry = { dueAt, value };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || above.dueAt <= dueAt) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Everything that is due now, earliest first. */
  *popDue(now: number): Generator<T> {
    for (let first = this.#heap[0]; first && first.dueAt <= now; first = this.#heap[0]) {
      this.#removeFirst();
      yield first.value;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = (heap[left + 1]?.dueAt ?? Infinity) < (heap[left]?.dueAt ?? Infinity) ? left + 1 : left;
      const below = heap[child];
      if (!below || below.dueAt >= last.dueAt) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}
