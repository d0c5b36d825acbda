import type { Clock, Logger } from "@firstcome/runtime";
import type { HandoffSource, ReleaseResult } from "../domain/handoff-source.ts";
import type { Holdings } from "../domain/holdings.ts";
import type { Ledger } from "../domain/ledger.ts";
import type { DispatchMeter } from "./dispatch-meter.ts";

export interface ReleaserSpec {
  source: Pick<HandoffSource, "release">;
  holdings: Holdings;
  ledger: Pick<Ledger, "hasCredit">;
  meter: Pick<DispatchMeter, "totals">;
  clock: Clock;
  log: Logger;
  /** How long a batch may wait here for a worker, in ms. */
  maxWaitMs: number;
}

/** Gives back batches that find no worker here, so that a dispatcher with credit can take them. */
export class Releaser {
  readonly #spec: ReleaserSpec;
  #deliveredBefore = 0;

  constructor(spec: ReleaserSpec) {
    this.#spec = spec;
  }

  async runOnce(): Promise<void> {
    const { holdings, ledger, meter, clock, maxWaitMs } = this.#spec;
    // What workers took since the last pass they will take again before the next one, and it would only be claimed back for them.
    const taken = meter.totals.deliveredBatches - this.#deliveredBefore;
    this.#deliveredBefore = meter.totals.deliveredBatches;
    // With credit left they wait for a large batch before them, whose turn would never come if all went back each time.
    if (!ledger.hasCredit()) await this.#release(holdings.beginRelease(clock.now() - maxWaitMs, taken));
  }

  /** All that no worker has, back-off or not. */
  async releaseAll(): Promise<void> {
    await this.#release(this.#spec.holdings.beginReleaseOfAll());
  }

  async #release(batchIds: readonly string[]): Promise<void> {
    if (batchIds.length === 0) return;
    const { source, holdings, clock, log } = this.#spec;
    let result: ReleaseResult = { unreleased: batchIds };
    try {
      result = await source.release(batchIds);
    } finally {
      holdings.endRelease(result.unreleased, false, clock.now());
      holdings.endRelease(batchIds, true, clock.now());
    }
    const given = batchIds.length - result.unreleased.length;
    if (given > 0) log.info({ batches: given }, "gave back batches that found no worker here");
    if (result.unreleased.length > 0) throw result.error;
  }
}
