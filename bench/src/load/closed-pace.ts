import type { Asker } from "./asker.ts";
import type { Histogram } from "../measure/histogram.ts";
import type { ClosedPace, LoadOrder } from "./orders.ts";
import type { Pacer } from "./pacer.ts";

/** Keeps a number of asks under way; the next one goes out when one is settled, over the same connection. */
export class ClosedPacer implements Pacer {
  readonly done: Promise<void>;
  readonly #order: Pick<LoadOrder, "first" | "users" | "connections">;
  readonly #pace: ClosedPace;
  readonly #answers: Histogram;
  readonly #finish: () => void;
  /** When each ask went out, by its first user. */
  readonly #askedAt = new Map<number, number>();
  #asker: Asker | undefined;
  #next: number;
  #underWay = 0;
  #endAt = Number.POSITIVE_INFINITY;

  constructor(order: Pick<LoadOrder, "first" | "users" | "connections">, pace: ClosedPace, answers: Histogram) {
    this.#order = order;
    this.#pace = pace;
    this.#answers = answers;
    this.#next = order.first;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
  }

  get asked(): number {
    return this.#next - this.#order.first;
  }

  start(asker: Asker): void {
    this.#asker = asker;
    this.#endAt = performance.now() + (this.#pace.atMostMs ?? Number.POSITIVE_INFINITY);
    for (let ask = 0; ask < this.#pace.asks; ask++) this.#askNext(ask % this.#order.connections);
  }

  settled(connection: number, first: number, count: number): void {
    const now = performance.now();
    this.#answers.recordMsFor(count, now - (this.#askedAt.get(first) ?? now));
    this.#askedAt.delete(first);
    this.#underWay--;
    this.#askNext(connection);
    if (this.#underWay === 0) this.#finish();
  }

  #askNext(connection: number): void {
    const { first, users } = this.#order;
    const count = Math.min(this.#pace.batch, first + users - this.#next);
    const now = performance.now();
    if (count <= 0 || now >= this.#endAt) return;
    const user = this.#next;
    this.#next += count;
    this.#underWay++;
    this.#askedAt.set(user, now);
    this.#asker?.ask(connection, user, count);
  }
}
