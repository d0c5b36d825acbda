import type { Ask } from "./ask.ts";

/** Callers hear of their deadline at most this late; in return one timer looks after all of them, however many. */
const GRAIN_MS = 10;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Expires asks at their deadlines, wherever they are: waiting, in flight or between two tries. */
export class DeadlineWatch {
  readonly #asks: ReadonlySet<Ask>;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  /** @param asks those that are not settled; kept up to date by their owner */
  constructor(asks: ReadonlySet<Ask>) {
    this.#asks = asks;
  }

  /** Takes note of a new ask. */
  add({ deadline }: Ask): void {
    if (deadline < this.#dueAt) this.#arm(deadline);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(dueAt: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(Math.max(dueAt - Date.now(), GRAIN_MS), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#sweep(), waitMs);
    // It often outlives its asks, which were answered long before, and then has nothing to stay for.
    this.#timer.unref();
  }

  #sweep(): void {
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const ask of this.#asks) {
      if (ask.deadline <= now) ask.expire();
      else next = Math.min(next, ask.deadline);
    }
    this.#arm(next);
  }
}
