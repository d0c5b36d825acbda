/** What carries acknowledgements: an open conversation with a dispatcher. */
export interface AckCarrier {
  readonly open: boolean;
  /** @param batchIds at most 10 000 */
  sendAck(batchIds: string[]): void;
}

export interface AckLedgerSpec<C extends AckCarrier> {
  /** More unconfirmed ones than this, and the oldest is given up: its batch is delivered once more, and acknowledged again. */
  capacity: number;
  /** Any open conversation; undefined when there is none. */
  anyCarrier: () => C | undefined;
}

interface Entry<C> {
  carrier: C | undefined;
  sentAt: number;
}

const LONGEST_ACK = 1_000;

/**
 * The batches that are committed and whose Ack no dispatcher has confirmed yet. An Ack is good from any attempt and at
 * any dispatcher, so one that its stream took down with it is said again on the next.
 */
export class AckLedger<C extends AckCarrier> {
  readonly #spec: AckLedgerSpec<C>;
  /** In the order of their commit. */
  readonly #entries = new Map<string, Entry<C>>();
  #unsent: string[] = [];
  #flush: NodeJS.Immediate | undefined;

  constructor(spec: AckLedgerSpec<C>) {
    this.#spec = spec;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(batchId: string): boolean {
    return this.#entries.has(batchId);
  }

  /** The batch is committed. @param carrier where it was delivered; preferred while it is open */
  add(batchId: string, carrier: C | undefined): void {
    if (this.#entries.size >= this.#spec.capacity) this.#forgetOldest();
    this.#entries.set(batchId, { carrier, sentAt: 0 });
    this.#send([batchId]);
  }

  /** The same batch was delivered again: its Ack was lost. */
  repeat(batchId: string, carrier: C): void {
    const entry = this.#entries.get(batchId);
    if (!entry) return;
    entry.carrier = carrier;
    this.#send([batchId]);
  }

  confirm(batchIds: readonly string[]): void {
    for (const batchId of batchIds) this.#entries.delete(batchId);
  }

  /** Says again what was said before `moment` (of `performance.now()`) and is not confirmed, and what could not be said at all. */
  resend(moment: number): void {
    const overdue: string[] = [];
    for (const [batchId, { carrier, sentAt }] of this.#entries) {
      if (sentAt < moment || !carrier?.open) overdue.push(batchId);
    }
    if (overdue.length > 0) this.#send(overdue);
  }

  /** Whatever batches one insert committed become one message: they are gathered until the event loop turns. */
  #send(batchIds: readonly string[]): void {
    this.#unsent.push(...batchIds);
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
      const carrier = entry.carrier?.open ? entry.carrier : fallback;
      entry.carrier = carrier;
      if (!carrier) continue;
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
