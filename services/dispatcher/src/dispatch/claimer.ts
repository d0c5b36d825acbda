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

  constructor(spec: ClaimerSpec) {
    this.#spec = spec;
  }

  /** A pass for a loop: claims for as long as there is something to claim and credit for it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.runOnce()) > 0);
  }

  /** One claim; returns how many batches it brought. */
  async runOnce(): Promise<number> {
    const { source, dispatch, outages, meter, clock, log, minIdleMs, keepAliveMs } = this.#spec;
    const budget = dispatch.readBudget();
    // After an outage the batches of the living look as idle as those of the dead, until all have had time to say so.
    if (budget === 0 || clock.now() < outages.lastTroubleAt + RECOVERY_MS + 2 * keepAliveMs) return 0;
    const { batches, parts } = await source.claim({ minIdleMs, count: Math.ceil(budget / this.#parts) });
    const claimed = dispatch.offer(batches);
    this.#parts = Math.max(1, parts);
    if (claimed > 0) {
      meter.claimed(claimed);
      log.info({ batches: claimed }, "took over batches that nobody kept");
    }
    return claimed;
  }
}

/** By then every dispatcher has reconnected (each waits up to a second) and its loops run again (another second). */
const RECOVERY_MS = 3_000;
