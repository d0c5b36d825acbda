import { Histogram } from "../measure/histogram.ts";
import type { Percentiles } from "../result.ts";

/** What became of the callers who came in a phase. Times in ms. */
export interface PhaseCount {
  readonly served: number;
  /** Told RESOURCE_EXHAUSTED. */
  readonly refused: number;
  /** How many calls ended otherwise, by what they ended with. */
  readonly failed: Readonly<Record<string, number>>;
  /** Who could not even ask: all connections were full. */
  readonly gaveUp: number;
  /** Answers in each second since the start, whichever phase it falls in. */
  readonly servedInSecond: readonly number[];
  readonly refusedInSecond: readonly number[];
  /** From when a caller came to its answer. */
  readonly servedMs: Percentiles;
  /** From when its call was sent. */
  readonly servedSentMs: Percentiles;
  readonly refusedSentMs: Percentiles;
}

/** Counts what becomes of the callers of one phase. Times are in ms since the start of the whole. */
export class PhaseTally {
  readonly #served = new Histogram();
  readonly #servedSent = new Histogram();
  readonly #refusedSent = new Histogram();
  readonly #servedInSecond: number[] = [];
  readonly #refusedInSecond: number[] = [];
  readonly #failed: Record<string, number> = {};
  #gaveUp = 0;

  served(now: number, { dueAt, sentAt }: CallTimes): void {
    this.#served.recordMs(now - dueAt);
    this.#servedSent.recordMs(now - sentAt);
    countIn(this.#servedInSecond, now);
  }

  refused(now: number, { sentAt }: Pick<CallTimes, "sentAt">): void {
    this.#refusedSent.recordMs(now - sentAt);
    countIn(this.#refusedInSecond, now);
  }

  /** @param how its status with the server's words, or what else became of the call */
  failed(how: string): void {
    this.#failed[how] = (this.#failed[how] ?? 0) + 1;
  }

  gaveUp(): void {
    this.#gaveUp += 1;
  }

  count(): PhaseCount {
    return {
      served: this.#served.count,
      refused: this.#refusedSent.count,
      failed: { ...this.#failed },
      gaveUp: this.#gaveUp,
      servedInSecond: [...this.#servedInSecond],
      refusedInSecond: [...this.#refusedInSecond],
      servedMs: this.#served.percentiles(),
      servedSentMs: this.#servedSent.percentiles(),
      refusedSentMs: this.#refusedSent.percentiles(),
    };
  }
}

export interface CallTimes {
  /** When the caller came. */
  readonly dueAt: number;
  readonly sentAt: number;
}

function countIn(seconds: number[], now: number): void {
  const second = Math.floor(now / 1_000);
  while (seconds.length <= second) seconds.push(0);
  seconds[second] = (seconds[second] as number) + 1;
}
