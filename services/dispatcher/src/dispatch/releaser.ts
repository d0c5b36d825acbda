import type { Clock, Logger } from "@firstcome/runtime";
import type { HandoffSource } from "../domain/handoff-source.ts";
import type { Holdings } from "../domain/holdings.ts";
import type { Ledger } from "../domain/ledger.ts";

export interface ReleaserSpec {
  source: Pick<HandoffSource, "release">;
  holdings: Holdings;
  ledger: Pick<Ledger, "hasCredit">;
  clock: Clock;
  log: Logger;
  /** How long a batch may wait here for a worker, in ms. */
  maxWaitMs: number;
}

/** Gives back batches that find no worker here, so that a dispatcher with credit can take them. */
export class Releaser {
  readonly #spec: ReleaserSpec;

  constructor(spec: ReleaserSpec) {
    this.#spec = spec;
  }

  async runOnce(): Promise<void> {
    const { holdings, ledger, clock, maxWaitMs } = this.#spec;
    // With credit left they wait for a large batch before them, whose turn would never come if all went back each time.
    if (!ledger.hasCredit()) await this.#release(holdings.beginRelease(clock.now() - maxWaitMs));
  }

  /** All that no worker has, back-off or not. */
  async releaseAll(): Promise<void> {
    await this.#release(this.#spec.holdings.beginRelease());
  }

  async #release(batchIds: readonly string[]): Promise<void> {
    if (batchIds.length === 0) return;
    const { source, holdings, clock, log } = this.#spec;
    let given = false;
    try {
      await source.release(batchIds);
      given = true;
      log.info({ batches: batchIds.length }, "gave back batches that found no worker here");
    } finally {
      holdings.endRelease(batchIds, given, clock.now());
    }
  }
}
