import type { Logger } from "@firstcome/runtime";
import type { HandoffSource } from "../domain/handoff-source.ts";
import type { HeldBatch } from "../domain/held-batch.ts";
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

  async runOnce(): Promise<void> {
    const held = this.#spec.holdings.toKeep();
    for (let from = 0; from < held.length; from += MAX_AT_ONCE) await this.#keep(held.slice(from, from + MAX_AT_ONCE));
  }

  async #keep(held: readonly HeldBatch[]): Promise<void> {
    const { source, holdings, ledger, log } = this.#spec;
    const before = new Map(held.map((batch) => [batch.id, batch]));
    const lost = await source.keepAlive([...before.keys()]);
    // Settled meanwhile, and perhaps even held anew: then the answer is about another holding than this one.
    const dropped = lost.filter((batchId) => holdings.get(batchId) === before.get(batchId) && ledger.drop(batchId));
    if (dropped.length > 0) log.warn({ batches: dropped.length }, "batches belong to another dispatcher by now");
  }
}

/** Per script call, so that Redis answers others in between. */
const MAX_AT_ONCE = 500;
