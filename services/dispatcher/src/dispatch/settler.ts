import { Bell, type Clock, type Logger, SlotMap } from "@firstcome/runtime";
import type { HandoffSource, SettleResult, Settlement } from "../domain/handoff-source.ts";
import type { Holdings } from "../domain/holdings.ts";
import type { DispatchMeter } from "./dispatch-meter.ts";

export interface SettlerSpec {
  source: Pick<HandoffSource, "settle">;
  holdings: Holdings;
  meter: DispatchMeter;
  clock: Clock;
  log: Logger;
}

/** Who is told that batches are off the hand-off. */
export interface Confirmed {
  confirm(batchIds: readonly string[]): void;
}

/**
 * Takes finished batches off the hand-off. While one settle is in flight the next ones gather, so that they share a round
 * trip and, in a Redis that syncs always, an fsync. What could not be settled is kept and tried again.
 */
export class Settler {
  readonly #spec: SettlerSpec;
  readonly #pending = new SlotMap<string, Pending>();
  readonly #bell = new Bell();
  #onSettled: () => void = () => undefined;
  #inFlight = 0;

  constructor(spec: SettlerSpec) {
    this.#spec = spec;
  }

  /** Settlements that are not done, in flight or waiting. */
  get size(): number {
    return this.#pending.size;
  }

  /** Calls the listener whenever {@link size} has shrunk. One listener. */
  whenSettled(listener: () => void): void {
    this.#onSettled = listener;
  }

  /** Acks of the same batch share one settlement, whenever they come. */
  add(settlement: Settlement, confirmed?: Confirmed): void {
    const pending = this.#pending.get(settlement.batchId);
    if (pending) {
      if (confirmed && !pending.confirmed.includes(confirmed)) pending.confirmed.push(confirmed);
      return;
    }
    const since = this.#spec.clock.now();
    this.#pending.set(settlement.batchId, { settlement, since, confirmed: confirmed ? [confirmed] : [] });
    if (this.#inFlight === 0) this.#bell.ring();
  }

  /** A pass for a loop: waits for something to settle, and returns when all is settled. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#pending.size === 0) await this.#bell.next(signal);
    while (this.#pending.size > 0 && !signal.aborted) await this.runOnce();
  }

  /**
   * One settle of what is there, and no more than may go at once.
   *
   * @throws what kept some of them from being settled, after the others are done
   */
  async runOnce(): Promise<void> {
    const settlements = [...this.#pending.values()].slice(0, MAX_AT_ONCE).map(({ settlement }) => settlement);
    if (settlements.length === 0) return;
    this.#inFlight = settlements.length;
    let result: SettleResult;
    try {
      result = await this.#spec.source.settle(settlements);
    } finally {
      this.#inFlight = 0;
    }
    this.#conclude(settlements, new Set(result.unsettled.map(({ batchId }) => batchId)));
    if (result.unsettled.length > 0) throw result.error;
  }

  #conclude(settlements: readonly Settlement[], unsettled: ReadonlySet<string>): void {
    const { holdings, meter, clock } = this.#spec;
    const now = clock.now();
    const confirmations = new Map<Confirmed, string[]>();
    for (const { batchId, dead } of settlements) {
      const pending = this.#pending.get(batchId);
      if (!pending) continue;
      this.#pending.delete(batchId);
      if (unsettled.has(batchId)) {
        // To the back: what belongs to a part of the store that is away must not stand before the rest.
        this.#pending.set(batchId, pending);
        continue;
      }
      holdings.settled(batchId);
      meter.settled(now - pending.since);
      if (dead.length > 0) this.#bury({ batchId, dead });
      for (const confirmed of pending.confirmed) {
        const batchIds = confirmations.get(confirmed);
        if (batchIds) batchIds.push(batchId);
        else confirmations.set(confirmed, [batchId]);
      }
    }
    for (const [confirmed, batchIds] of confirmations) confirmed.confirm(batchIds);
    this.#onSettled();
  }

  #bury({ batchId, dead }: Settlement): void {
    for (const { userIds, issueNos, reason, attempts } of dead) {
      this.#spec.meter.buried(userIds.length);
      const facts = { batchId, reason, attempts, items: userIds.length, firstIssueNo: issueNos[0] };
      this.#spec.log.error(facts, "items went to the dead letters");
    }
  }
}

interface Pending {
  readonly settlement: Settlement;
  /** By the clock of the dispatch. */
  readonly since: number;
  /** Mostly one; none twice. */
  readonly confirmed: Confirmed[];
}

/** One script call per partition; more would only keep Redis from others for longer. */
const MAX_AT_ONCE = 1_000;
