import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, fullJitterBackoff, type Logger } from "@firstcome/runtime";
import type { HandoffSource } from "../domain/handoff-source.ts";

/**
 * Lets loops outlive the hand-off's store. A pass that throws is followed by a growing pause and by `prepare`, since the
 * store may come back empty; then by the next pass, since what is away may be a part of the store only. The log gets the beginning
 * and the end of the trouble, not every pass in between.
 */
export class OutageGuard {
  readonly #source: Pick<HandoffSource, "prepare">;
  readonly #clock: Clock;
  readonly #log: Logger;
  #lastTroubleAt = Number.NEGATIVE_INFINITY;

  constructor(spec: { source: Pick<HandoffSource, "prepare">; clock: Clock; log: Logger }) {
    this.#source = spec.source;
    this.#clock = spec.clock;
    this.#log = spec.log;
  }

  /**
   * When a pass of any loop failed last, or the store when it was prepared for one, by the clock of the dispatch; -Infinity when there
   * was none.
   */
  get lastTroubleAt(): number {
    return this.#lastTroubleAt;
  }

  /** The pass for a loop: it never rejects. */
  around(loop: string, pass: (signal: AbortSignal) => Promise<unknown>): (signal: AbortSignal) => Promise<void> {
    let failures = 0;
    return async (signal) => {
      const prepared = failures === 0 || (await this.#prepare(loop));
      try {
        await pass(signal);
        // A pass that has asked nothing of the store says nothing about it.
        if (!prepared) return;
        if (failures > 0) this.#log.info({ loop, failures }, "works again");
        failures = 0;
      } catch (error) {
        this.#lastTroubleAt = this.#clock.now();
        if (failures === 0) this.#log.warn({ err: error, loop }, "failed; goes on trying");
        else this.#log.debug({ err: error, loop }, "failed again");
        await pause(backoff(failures), signal);
        failures += 1;
      }
    };
  }

  async #prepare(loop: string): Promise<boolean> {
    try {
      await this.#source.prepare();
      return true;
    } catch (error) {
      this.#lastTroubleAt = this.#clock.now();
      this.#log.debug({ err: error, loop }, "the hand-off could not be prepared");
      return false;
    }
  }
}

/** Longer waits would only add to an outage: a pass costs next to nothing. The claimer counts on the second. */
const backoff = fullJitterBackoff({ baseMs: 50, maxMs: 1_000 });

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
