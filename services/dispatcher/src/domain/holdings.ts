// A data structure, no more than Map is.
// oxlint-disable-next-line eslint/no-restricted-imports
import { SlotMap } from "@firstcome/runtime";
import { DueQueue } from "./due-queue.ts";
import type { HandoffBatch } from "./handoff-source.ts";
import { type Attempt, type HeldBatch, holdBatch, type Phase } from "./held-batch.ts";

/** The batches of this dispatcher by phase. It knows when a batch may move on, not why: that is the ledger's. */
export class Holdings implements Iterable<HeldBatch> {
  readonly #batches = new SlotMap<string, HeldBatch>();
  /** By their ids, in the order in which they became ready. */
  readonly #ready = new SlotMap<string, HeldBatch>();
  readonly #resting = new DueQueue<{ batch: HeldBatch; phase: Phase }>();
  #meanItems: number | undefined;

  /** False when it is held already. */
  hold(batch: HandoffBatch, now: number): boolean {
    const held = this.#batches.get(batch.id);
    if (held) {
      // Claimed back while it was being released: it is ours again.
      if (held.phase.at === "releasing") this.makeReady(held, now);
      return false;
    }
    const fresh = holdBatch(batch, now);
    this.#batches.set(batch.id, fresh);
    this.#ready.set(batch.id, fresh);
    const items = batch.userIds.length;
    this.#meanItems = this.#meanItems === undefined ? items : this.#meanItems + (items - this.#meanItems) / 8;
    return true;
  }

  get(batchId: string): HeldBatch | undefined {
    return this.#batches.get(batchId);
  }

  [Symbol.iterator](): Iterator<HeldBatch> {
    return this.#batches.values();
  }

  /** Those that wait for a worker, in order. */
  get ready(): Pick<SlotMap<string, HeldBatch>, "size" | "values"> {
    return this.#ready;
  }

  /** Items of a batch, on average over the last few; undefined before the first. */
  get meanItems(): number | undefined {
    return this.#meanItems;
  }

  makeReady(batch: HeldBatch, now: number): void {
    batch.phase = { at: "ready", since: now };
    this.#ready.set(batch.id, batch);
  }

  /** Ready again once `until` has come. */
  rest(batch: HeldBatch, until: number): void {
    this.#move(batch, { at: "backing-off" });
    this.#resting.push(until, { batch, phase: batch.phase });
  }

  /** Makes ready what has rested long enough; returns how many. */
  wake(now: number): number {
    let woken = 0;
    for (const { batch, phase } of this.#resting.popDue(now)) {
      // Its phase is another one if it was acknowledged, released or lost meanwhile, or rests anew.
      if (batch.phase !== phase || this.#batches.get(batch.id) !== batch) continue;
      this.makeReady(batch, now);
      woken += 1;
    }
    return woken;
  }

  /** When to {@link wake} next; undefined: nothing rests. */
  get nextWakeAt(): number | undefined {
    return this.#resting.nextDueAt;
  }

  giveOut(batch: HeldBatch, attempt: Attempt): void {
    this.#move(batch, { at: "out", attempt });
  }

  beginSettling(batch: HeldBatch): void {
    this.#move(batch, { at: "settling" });
  }

  /** Off the hand-off for good. */
  settled(batchId: string): void {
    if (this.#batches.get(batchId)?.phase.at === "settling") this.#batches.delete(batchId);
  }

  forget(batch: HeldBatch): void {
    this.#ready.delete(batch.id);
    this.#batches.delete(batch.id);
  }

  /** Starts to give back the batches that have been ready since `since` or before, but for the first `keep` that are ready. */
  beginRelease(since: number, keep = 0): string[] {
    const overdue = [...this.#ready.values()]
      .slice(keep)
      .filter(({ phase }) => phase.at === "ready" && phase.since <= since);
    return this.#release(overdue);
  }

  /** Starts to give back all that no worker has. */
  beginReleaseOfAll(): string[] {
    return this.#release(
      [...this.#batches.values()].filter(({ phase: { at } }) => at === "ready" || at === "backing-off"),
    );
  }

  /** @param given whether the hand-off has taken them back; otherwise they are ready again */
  endRelease(batchIds: readonly string[], given: boolean, now: number): void {
    for (const batchId of batchIds) {
      const batch = this.#batches.get(batchId);
      if (batch?.phase.at !== "releasing") continue;
      if (given) this.forget(batch);
      else this.makeReady(batch, now);
    }
  }

  /** Every batch that must stay ours. */
  toKeep(): HeldBatch[] {
    return [...this.#batches.values()].filter(({ phase }) => phase.at !== "releasing");
  }

  count(): HoldingsCount {
    const count = { outBatches: 0, outItems: 0, heldBatches: 0, settlingBatches: 0 };
    for (const { phase, items } of this.#batches.values()) {
      if (phase.at === "settling") count.settlingBatches += 1;
      else if (phase.at !== "out") count.heldBatches += 1;
      else {
        count.outBatches += 1;
        count.outItems += items.userIds.length;
      }
    }
    return count;
  }

  #release(batches: readonly HeldBatch[]): string[] {
    for (const batch of batches) this.#move(batch, { at: "releasing" });
    return batches.map(({ id }) => id);
  }

  #move(batch: HeldBatch, phase: Phase): void {
    this.#ready.delete(batch.id);
    batch.phase = phase;
  }
}

export interface HoldingsCount {
  /** With workers. */
  outBatches: number;
  outItems: number;
  /** With no worker: ready, backing off, being released. */
  heldBatches: number;
  settlingBatches: number;
}
