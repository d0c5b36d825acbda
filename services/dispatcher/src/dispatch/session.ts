import type { ItemFailure } from "../domain/judgement.ts";
import type { Delivery } from "../domain/verdict.ts";
import type { Capacity, WorkerLoad } from "../domain/worker-load.ts";
import type { GoAwayReason, WorkerLine } from "./worker-line.ts";

/** Who a worker is, from the moment it registered. */
export interface WorkerIdentity {
  readonly workerId: string;
  readonly serialNo: string;
  readonly name: string;
  readonly peer: string;
  /** Epoch ms. */
  readonly attachedAt: number;
}

export interface SessionSpec {
  worker: WorkerIdentity;
  load: WorkerLoad;
  line: WorkerLine;
  host: SessionHost;
  /** By the clock of the dispatch. */
  goAwayAt: number;
  /** How long a worker that leaves or is sent away has to settle what it holds. */
  graceMs: number;
}

/** What a session asks of the dispatch. */
export interface SessionHost {
  ack(session: Session, batchIds: readonly string[]): void;
  nack(session: Session, nack: { batchId: string; token: string; failures: readonly ItemFailure[] }): void;
  extend(extend: { batchId: string; token: string; byMs: number }): void;
  /** The worker can take more, or less, than before. */
  creditChanged(): void;
  /** `inOrder`: the batches of the worker have not failed. */
  left(session: Session, inOrder: boolean): void;
}

/** Why a session is over. */
export type SessionEnd = "DRAINED" | "WORKER_GONE" | "HEARTBEATS_MISSED" | "TOO_MANY_ACKS" | GoAwayReason;

/** The conversation with one registered worker, from the dispatcher's side. */
export class Session {
  readonly worker: WorkerIdentity;
  readonly load: WorkerLoad;
  /** Resolves once, when the stream is to be closed. */
  readonly over: Promise<SessionEnd>;
  readonly totals = { ackedBatches: 0, ackedItems: 0, failedBatches: 0 };
  readonly #spec: SessionSpec;
  readonly #line: WorkerLine;
  readonly #host: SessionHost;
  readonly #resolveOver: (end: SessionEnd) => void;
  /** Acknowledged by this worker and not confirmed to it yet. */
  readonly #unconfirmed = new Set<string>();
  /** Settled, but the worker does not read. */
  #confirmable: string[] = [];
  #closing: Closing | undefined;
  #ended = false;
  #silentBeats = 0;
  #spoke = false;

  constructor(spec: SessionSpec) {
    this.#spec = spec;
    this.worker = spec.worker;
    this.load = spec.load;
    this.#line = spec.line;
    this.#host = spec.host;
    const { promise, resolve } = Promise.withResolvers<SessionEnd>();
    this.over = promise;
    this.#resolveOver = resolve;
  }

  // The worker speaks.

  /** Any message says that the worker is alive. */
  heard(): void {
    this.#silentBeats = 0;
  }

  ack(batchIds: readonly string[]): void {
    // Nobody here knows any more whether it was given the whole batch, or a part whose rest is dead. It attaches anew, and repeats
    // the Acks that are good anywhere.
    if (this.#ended) return;
    for (const batchId of batchIds) this.#unconfirmed.add(batchId);
    // Within its credit a worker cannot come near this: it makes up batches, or never reads while Redis is away.
    if (this.#unconfirmed.size > MAX_UNCONFIRMED) this.end("TOO_MANY_ACKS");
    else this.#host.ack(this, batchIds);
  }

  nack(nack: { batchId: string; token: string; failures: readonly ItemFailure[] }): void {
    this.#host.nack(this, nack);
    this.#leaveWhenDone();
  }

  extend(extend: { batchId: string; token: string; byMs: number }): void {
    this.#host.extend(extend);
  }

  credit(capacity: Capacity): void {
    this.load.capacity = capacity;
    this.#host.creditChanged();
  }

  drain(now: number): void {
    this.#close({ until: this.#closing?.until ?? now + this.#spec.graceMs, drain: true, reason: "DRAINED" });
    this.#leaveWhenDone();
  }

  // The dispatch speaks.

  deliver(deliveries: readonly Delivery[]): void {
    this.#say(this.#line.deliver(deliveries));
  }

  /** These are off the hand-off for good. */
  confirm(batchIds: readonly string[]): void {
    this.#confirmable.push(...batchIds);
    if (!this.load.congested) this.#flush();
  }

  /** Called once per heartbeat interval. */
  beat(): void {
    this.#silentBeats += 1;
    // Beats are counted rather than time, so that a stall of this process is not held against its workers.
    if (this.#silentBeats > MISSED_BEATS) this.end("HEARTBEATS_MISSED");
    else if (!this.#spoke && !this.load.congested) this.#say(this.#line.heartbeat());
    this.#spoke = false;
  }

  checkTime(now: number): void {
    if (!this.#closing && now >= this.#spec.goAwayAt) this.sendAway("MAX_STREAM_AGE", this.#spec.graceMs, now);
    else if (this.#closing && now >= this.#closing.until) this.#leave();
    else this.#leaveWhenDone();
  }

  /** No new batches from here on; what is not settled after the grace is given back. */
  sendAway(reason: GoAwayReason, graceMs: number, now: number): void {
    if (this.#ended || this.#closing) return;
    this.#close({ until: now + graceMs, drain: false, reason });
    this.#say(this.#line.goAway(reason, graceMs));
  }

  end(end: SessionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.left(this, this.#closing !== undefined);
    this.#resolveOver(end);
  }

  #close(closing: Closing): void {
    this.#closing = closing;
    this.load.closing = true;
  }

  #leaveWhenDone(): void {
    if (!this.#ended && this.#closing?.drain && !this.load.hasCurrent() && this.#unconfirmed.size === 0) this.#leave();
  }

  #leave(): void {
    const { drain, reason } = this.#closing ?? { drain: false, reason: "DRAINING" as const };
    // Ended first: what the worker still has is given back by the time it reads that nothing is with it.
    this.end(reason);
    if (drain) this.#line.drained();
  }

  #flush(): void {
    if (this.#confirmable.length > 0 && !this.#ended) {
      const batchIds = this.#confirmable;
      this.#confirmable = [];
      for (const batchId of batchIds) this.#unconfirmed.delete(batchId);
      this.#say(this.#line.confirm(batchIds));
    }
    this.#leaveWhenDone();
  }

  #say(hasRoom: boolean): void {
    this.#spoke = true;
    if (hasRoom || this.load.congested) return;
    this.load.congested = true;
    void this.#waitForRoom();
  }

  async #waitForRoom(): Promise<void> {
    await this.#line.room();
    this.load.congested = false;
    this.#flush();
    this.#host.creditChanged();
  }
}

interface Closing {
  /** By the clock of the dispatch. */
  readonly until: number;
  /** The worker wants to be told when nothing is with it any more. */
  readonly drain: boolean;
  readonly reason: "DRAINED" | GoAwayReason;
}

/** Three in a row end the stream; the one under way may just have begun. */
const MISSED_BEATS = 3;
const MAX_UNCONFIRMED = 100_000;
