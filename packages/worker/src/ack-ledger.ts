import { SlotMap } from "@firstcome/runtime";

/** What carries acknowledgements: an open conversation with a dispatcher. */
export interface AckCarrier {
  readonly open: boolean;
  /** @param batchIds at most 10 000 */
  sendAck(batchIds: string[]): void;
}

export interface AckLedgerSpec<C extends AckCarrier> {
  /** Beyond so many unconfirmed ones the oldest is given up: its batch is delivered, and acknowledged, once more. */
  capacity: number;
  /** Any open conversation; undefined when there is none. */
  anyCarrier: () => C | undefined;
}

interface Entry<C> {
  carrier: C | undefined;
  /** Good nowhere but at its carrier. */
  readonly bound: boolean;
  sentAt: number;
}

const LONGEST_ACK = 1_000;

/**
 * The batches that are committed and whose Ack no dispatcher has confirmed yet. An Ack is good from any attempt and at
 * any dispatcher, so one that its stream took down with it is said again on the next.
 *
 * With one exception. After a Nack a batch may be delivered again without the items that are settled, and only that
 * dispatcher knows of them until the batch is off the hand-off. Should it die, the next one delivers all of the batch,
 * and must not take the Ack of a part for that of the whole. Such an Ack is bound to its stream and ends with it.
 */
export class AckLedger<C extends AckCarrier> {
  readonly #spec: AckLedgerSpec<C>;
  /** In the order of their commit. */
  readonly #entries = new SlotMap<string, Entry<C>>();
  #unsent: string[] = [];
  #flush: NodeJS.Immediate | undefined;

  constructor(spec: AckLedgerSpec<C>) {
    this.#spec = spec;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The batch is committed. @param carrier where it was delivered; preferred while it is open */
  add(batchId: string, carrier: C, { bound = false } = {}): void {
    if (this.#entries.size >= this.#spec.capacity) this.#forgetOldest();
    this.#entries.set(batchId, { carrier, bound, sentAt: 0 });
    this.#send([batchId]);
  }

  /** A batch was delivered. True: it had been committed, only its Ack was lost, and is said again now. */
  repeat(batchId: string, carrier: C): boolean {
    const entry = this.#entries.get(batchId);
    if (!entry) return false;
    if (entry.bound) {
      this.#entries.delete(batchId);
      return false;
    }
    entry.carrier = carrier;
    this.#send([batchId]);
    return true;
  }

  confirm(batchIds: readonly string[]): void {
    for (const batchId of batchIds) this.#entries.delete(batchId);
  }

  /** Says again what was said before `moment` (of `performance.now()`), and what could not be said at all. */
  resend(moment: number): void {
    const overdue: string[] = [];
    for (const [batchId, { carrier, bound, sentAt }] of this.#entries) {
      if (bound && !carrier?.open) this.#entries.delete(batchId);
      else if (sentAt < moment || !carrier?.open) overdue.push(batchId);
    }
    if (overdue.length > 0) this.#send(overdue);
  }

  /** Whatever batches one insert committed become one message: they are gathered until the event loop turns. */
  #send(batchIds: readonly string[]): void {
    // One by one: a hundred thousand as the arguments of one call are all that the stack holds.
    for (const batchId of batchIds) this.#unsent.push(batchId);
    if (!this.#flush) this.#flush = setImmediate(() => this.#sendAll());
  }

  #sendAll(): void {
    this.#flush = undefined;
    const batchIds = this.#unsent;
    this.#unsent = [];
    for (const [carrier, ids] of this.#byCarrier(batchIds)) {
      for (let start = 0; start < ids.length; start += LONGEST_ACK)
        carrier.sendAck(ids.slice(start, start + LONGEST_ACK));
    }
  }

  #byCarrier(batchIds: readonly string[]): Map<C, string[]> {
    const fallback = this.#spec.anyCarrier();
    const now = performance.now();
    const groups = new Map<C, string[]>();
    for (const batchId of batchIds) {
      const entry = this.#entries.get(batchId);
      if (!entry) continue;
      if (entry.bound && !entry.carrier?.open) this.#entries.delete(batchId);
      else if (!entry.carrier?.open) entry.carrier = fallback;
      const { carrier } = entry;
      if (!carrier?.open) continue;
      entry.sentAt = now;
      const group = groups.get(carrier);
      if (group) group.push(batchId);
      else groups.set(carrier, [batchId]);
    }
    return groups;
  }

  #forgetOldest(): void {
    for (const batchId of this.#entries.keys()) {
      this.#entries.delete(batchId);
      return;
    }
  }
}
