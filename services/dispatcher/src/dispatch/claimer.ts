import type { Clock, Logger } from "@firstcome/runtime";
import type { HandoffSource } from "../domain/handoff-source.ts";
import type { Dispatch } from "./dispatch.ts";
import type { DispatchMeter } from "./dispatch-meter.ts";
import type { OutageGuard } from "./outage-guard.ts";

export interface ClaimerSpec {
  source: Pick<HandoffSource, "claim">;
  dispatch: Dispatch;
  outages: Pick<OutageGuard, "lastTroubleAt">;
  meter: DispatchMeter;
  clock: Clock;
  log: Logger;
  /** A batch that its dispatcher has not kept alive for so long is taken over. */
  minIdleMs: number;
  /** How often living dispatchers keep theirs alive. */
  keepAliveMs: number;
}

/** Takes over batches of dispatchers that died, and those that were released. */
export class Claimer {
  readonly #spec: ClaimerSpec;
  /** How many parts of the hand-off had something lately: a claim's count holds for each part. */
  #parts = 1;
  #bringing = false;

  constructor(spec: ClaimerSpec) {
    this.#spec = spec;
  }

  /** The last claim brought something, so there is probably more. */
  get bringing(): boolean {
    return this.#bringing;
  }

  /** A pass for a loop: claims whenever there is credit, for as long as there is something to claim. */
  async run(signal: AbortSignal): Promise<void> {
    do {
      await this.#spec.dispatch.creditFor(signal);
      if (!signal.aborted) await this.runOnce();
    } while (this.#bringing && !signal.aborted);
  }

  /** One claim; returns how many batches it brought. */
  async runOnce(): Promise<number> {
    const { dispatch, outages, clock, keepAliveMs } = this.#spec;
    const budget = dispatch.readBudget();
    if (budget === 0) return 0;
    // After an outage the batches of the living look as idle as those of the dead, until all have had time to say so.
    const isTooSoon = clock.now() < outages.lastTroubleAt + RECOVERY_MS + 2 * keepAliveMs;
    let claimed = 0;
    try {
      if (!isTooSoon) claimed = await this.#claim(Math.ceil(budget / this.#parts));
    } finally {
      this.#bringing = claimed > 0;
    }
    return claimed;
  }

  async #claim(count: number): Promise<number> {
    const { source, dispatch, meter, log, minIdleMs } = this.#spec;
    const { batches, parts } = await source.claim({ minIdleMs, count });
    this.#parts = Math.max(1, parts);
    const claimed = dispatch.offer(batches);
    if (claimed > 0) {
      meter.claimed(claimed);
      log.info({ batches: claimed }, "took over batches that nobody kept");
    }
    return claimed;
  }
}

/** By then every dispatcher has reconnected (each waits up to a second) and its loops run again (another second). */
const RECOVERY_MS = 3_000;
