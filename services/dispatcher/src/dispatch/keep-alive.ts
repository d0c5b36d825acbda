import type { Logger } from "@firstcome/runtime";
import type { HandoffSource } from "../domain/handoff-source.ts";
import type { Holdings } from "../domain/holdings.ts";
import type { Ledger } from "../domain/ledger.ts";

export interface KeepAliveSpec {
  source: Pick<HandoffSource, "keepAlive">;
  holdings: Holdings;
  ledger: Ledger;
  log: Logger;
}

/** Keeps this dispatcher's batches from being claimed, and lets go of those that were. */
export class KeepAlive {
  readonly #spec: KeepAliveSpec;

  constructor(spec: KeepAliveSpec) {
    this.#spec = spec;
  }

  /** @throws what kept some of them from being kept, after the others are */
  async runOnce(): Promise<void> {
    const { source, holdings, ledger, log } = this.#spec;
    const before = new Map(holdings.toKeep().map((batch) => [batch.id, batch]));
    if (before.size === 0) return;
    const { lost, error } = await source.keepAlive([...before.keys()]);
    // Settled meanwhile, and perhaps even held anew: then the answer is about another holding than this one.
    const dropped = lost.filter((batchId) => holdings.get(batchId) === before.get(batchId) && ledger.drop(batchId));
    if (dropped.length > 0) log.warn({ batches: dropped.length }, "batches belong to another dispatcher by now");
    if (error !== undefined) throw error;
  }
}
