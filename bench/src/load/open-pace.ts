import type { Asker } from "./asker.ts";
import type { Histogram } from "../measure/histogram.ts";
import type { LoadOrder, OpenPace } from "./orders.ts";
import type { Pacer } from "./pacer.ts";
import { MAX_BATCH } from "./stream-asker.ts";

const TICK_MS = 1;
/** Calls under way on a connection: below the services' limit of streams. Those who are due beyond it wait, and their wait counts. */
const MAX_CALLS = 1_024;
/** As the client SDK: a batch goes when none is under way, full ones need not wait for each other. */
const MAX_FULL_BATCHES = 4;

/**
 * Users come at their own rate, and each one's time counts from when it was due, not from when it could be sent: a service that
 * stalls keeps all those waiting who came meanwhile, and their waits are in the histogram (no coordinated omission).
 */
export class OpenPacer implements Pacer {
  readonly done: Promise<void>;
  readonly #order: Pick<LoadOrder, "first" | "users" | "connections" | "method">;
  readonly #perMs: number;
  readonly #answers: Histogram;
  readonly #finish: () => void;
  /** Of each connection: asks under way. */
  readonly #underWay: number[];
  #asker: Asker | undefined;
  #startedAt = 0;
  #next: number;
  #due: number;
  #turn = 0;
  #ticking: NodeJS.Timeout | undefined;

  constructor(
    order: Pick<LoadOrder, "first" | "users" | "connections" | "method">,
    pace: OpenPace,
    answers: Histogram,
  ) {
    this.#order = order;
    this.#perMs = pace.perSecond / 1_000;
    this.#answers = answers;
    this.#underWay = Array.from({ length: order.connections }, () => 0);
    this.#next = this.#due = order.first;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
  }

  get asked(): number {
    return this.#next - this.#order.first;
  }

  start(asker: Asker): void {
    this.#asker = asker;
    this.#startedAt = performance.now();
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  settled(connection: number, first: number, count: number): void {
    const now = performance.now();
    for (let user = first; user < first + count; user++) this.#answers.recordMs(now - this.#dueAt(user));
    this.#underWay[connection] = (this.#underWay[connection] ?? 0) - 1;
    this.#send();
    this.#finishIfDone();
  }

  #tick(): void {
    const { first, users } = this.#order;
    const elapsedMs = performance.now() - this.#startedAt;
    this.#due = first + Math.min(users, Math.floor(elapsedMs * this.#perMs) + 1);
    this.#send();
    if (this.#next >= first + users) clearInterval(this.#ticking);
    this.#finishIfDone();
  }

  #send(): void {
    const { connections, method } = this.#order;
    for (let tried = 0; tried < connections && this.#next < this.#due;) {
      this.#turn = (this.#turn + 1) % connections;
      const count = method === "unary" ? this.#callsFor(this.#turn) : this.#batchFor(this.#turn);
      if (count === 0) {
        tried++;
        continue;
      }
      tried = 0;
      const user = this.#next;
      this.#next += count;
      this.#underWay[this.#turn] = (this.#underWay[this.#turn] ?? 0) + 1;
      this.#asker?.ask(this.#turn, user, count);
    }
  }

  #callsFor(connection: number): number {
    return (this.#underWay[connection] ?? 0) < MAX_CALLS ? 1 : 0;
  }

  #batchFor(connection: number): number {
    const waiting = this.#due - this.#next;
    const underWay = this.#underWay[connection] ?? 0;
    const mayGo = underWay === 0 || (waiting >= MAX_BATCH && underWay < MAX_FULL_BATCHES);
    return mayGo ? Math.min(waiting, MAX_BATCH) : 0;
  }

  #dueAt(user: number): number {
    return this.#startedAt + (user - this.#order.first) / this.#perMs;
  }

  #finishIfDone(): void {
    const { first, users } = this.#order;
    if (this.#next >= first + users && this.#underWay.every((asks) => asks === 0)) this.#finish();
  }
}
