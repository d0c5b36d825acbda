import type { Clock } from "@firstcome/runtime";
import type { Holdings } from "../domain/holdings.ts";

/** Wakes batches whose back-off is over, with one timer for the earliest. */
export class BackoffQueue {
  readonly #holdings: Holdings;
  readonly #clock: Clock;
  readonly #onReady: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param spec.onReady called when batches have become ready */
  constructor(spec: { holdings: Holdings; clock: Clock; onReady: () => void }) {
    this.#holdings = spec.holdings;
    this.#clock = spec.clock;
    this.#onReady = spec.onReady;
  }

  /** Call after batches may have been put to rest. */
  arm(): void {
    const { nextWakeAt } = this.#holdings;
    clearTimeout(this.#timer);
    if (nextWakeAt !== undefined)
      this.#timer = setTimeout(() => this.runOnce(), Math.max(0, nextWakeAt - this.#clock.now()));
  }

  runOnce(): void {
    if (this.#holdings.wake(this.#clock.now()) > 0) this.#onReady();
    this.arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
