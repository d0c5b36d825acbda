import { Bell, type Clock, type Logger } from "@firstcome/runtime";
import type { HandoffBatch, HandoffSource } from "../domain/handoff-source.ts";
import type { Holdings } from "../domain/holdings.ts";
import type { ItemFailure } from "../domain/judgement.ts";
import type { Ledger } from "../domain/ledger.ts";
import type { Delivery, Verdict } from "../domain/verdict.ts";
import type { Capacity } from "../domain/worker-load.ts";
import { BackoffQueue } from "./backoff-queue.ts";
import type { DispatchMeter } from "./dispatch-meter.ts";
import { Session, type SessionHost, type WorkerIdentity } from "./session.ts";
import type { Settler } from "./settler.ts";
import type { WorkerLine } from "./worker-line.ts";

export interface DispatchSpec {
  ledger: Ledger;
  holdings: Holdings;
  settler: Settler;
  source: Pick<HandoffSource, "recordFailures">;
  meter: DispatchMeter;
  clock: Clock;
  log: Logger;
  /** How old a stream gets, in ms; each by up to a tenth more or less. */
  streamMaxAgeMs: number;
  /** How long a worker that leaves or is sent away has to settle what it holds. */
  streamGraceMs: number;
}

/** Where batches, workers and settlements meet: passes on what the ledger decides. */
export class Dispatch implements SessionHost {
  readonly #spec: DispatchSpec;
  readonly #sessions = new Map<string, Session>();
  readonly #backoff: BackoffQueue;
  readonly #creditBell = new Bell();
  #paused = false;
  #stopping = false;
  #handingOut: NodeJS.Immediate | undefined;

  constructor(spec: DispatchSpec) {
    this.#spec = spec;
    const { holdings, settler, clock } = spec;
    settler.whenSettled(() => this.#handOutSoon());
    this.#backoff = new BackoffQueue({ holdings, clock, onReady: () => this.#handOutSoon() });
  }

  /** In the order in which they attached. */
  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  get workers(): number {
    return this.#sessions.size;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** No workers are taken on any more. */
  get stopping(): boolean {
    return this.#stopping;
  }

  attach(worker: WorkerIdentity, capacity: Capacity, line: WorkerLine): Session {
    const { ledger, clock, log, streamMaxAgeMs, streamGraceMs: graceMs } = this.#spec;
    const load = ledger.attach(worker.workerId, capacity);
    const goAwayAt = clock.now() + streamMaxAgeMs * (0.9 + 0.2 * Math.random());
    const session = new Session({ worker, load, line, host: this, goAwayAt, graceMs });
    this.#sessions.set(worker.workerId, session);
    log.info({ worker: worker.name, serialNo: worker.serialNo, peer: worker.peer }, "a worker attached");
    this.creditChanged();
    return session;
  }

  /** How many more batches this dispatcher has use for; 0: read nothing. */
  readBudget(): number {
    const { ledger, settler } = this.#spec;
    if (this.#paused || this.#stopping || settler.size > MAX_UNSETTLED) return 0;
    return ledger.readBudget();
  }

  /** Resolves when there is a {@link readBudget}, or when the signal aborts. */
  async creditFor(signal: AbortSignal): Promise<void> {
    while (this.readBudget() === 0 && !signal.aborted) await this.#creditBell.next(signal);
  }

  /** Takes in batches that were read or claimed; returns how many were new. */
  offer(batches: readonly HandoffBatch[]): number {
    const now = this.#spec.clock.now();
    const fresh = batches.filter((batch) => this.#spec.holdings.hold(batch, now)).length;
    if (batches.length > 0) this.#handOutSoon();
    return fresh;
  }

  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#spec.log.info({ paused }, paused ? "the dispatch is paused" : "the dispatch goes on");
    this.creditChanged();
  }

  /** From here on nothing is handed out and no worker is taken on. */
  stopHandingOut(): void {
    this.#stopping = true;
    this.#backoff.stop();
    clearImmediate(this.#handingOut);
    this.#creditBell.ring();
  }

  creditChanged(): void {
    this.#handOutSoon();
  }

  ack(session: Session, batchIds: readonly string[]): void {
    const { ledger, settler, meter } = this.#spec;
    for (const batchId of batchIds) {
      const acknowledged = ledger.ack(session.worker.workerId, batchId);
      if (acknowledged === "PART") {
        // The worker forgets it now, and does not say it again when nobody here remembers that it was only a part.
        session.confirm([batchId]);
        continue;
      }
      const { settlement, items, first } = acknowledged;
      settler.add(settlement, session);
      if (!first) continue;
      meter.ackedBatch();
      meter.committed(items);
      session.totals.ackedBatches += 1;
      session.totals.ackedItems += items;
    }
    this.#handOutSoon();
  }

  nack(session: Session, nack: { batchId: string; token: string; failures: readonly ItemFailure[] }): void {
    const verdict = this.#spec.ledger.nack(session.worker.workerId, nack, this.#spec.clock.now());
    if (verdict === "STALE") this.#handOutSoon();
    else this.conclude([verdict]);
  }

  extend({ batchId, token, byMs }: { batchId: string; token: string; byMs: number }): void {
    this.#spec.ledger.extend(batchId, token, byMs, this.#spec.clock.now());
  }

  left(session: Session, inOrder: boolean): void {
    const { ledger, clock, log } = this.#spec;
    const { workerId, name, serialNo } = session.worker;
    this.#sessions.delete(workerId);
    if (inOrder) {
      const givenBack = ledger.dismiss(workerId, clock.now());
      log.info({ worker: name, serialNo, givenBack }, "a worker left");
      this.#handOutSoon();
    } else {
      const verdicts = ledger.lose(workerId, clock.now());
      log.warn({ worker: name, serialNo, lost: verdicts.length }, "a worker is lost");
      this.conclude(verdicts);
    }
  }

  /** Does what the ledger found of attempts that ended without an Ack. */
  conclude(verdicts: readonly Verdict[]): void {
    const { settler, meter } = this.#spec;
    for (const verdict of verdicts) {
      meter.committed(verdict.committedItems);
      const session = this.#sessions.get(verdict.workerId);
      if (session) session.totals.ackedItems += verdict.committedItems;
      if (verdict.kind !== "release") {
        meter.failed(verdict.kind);
        if (session) session.totals.failedBatches += 1;
      }
      if (verdict.outcome === "settle") settler.add(verdict.settlement);
    }
    this.#record(verdicts);
    if (!this.#stopping) this.#backoff.arm();
    this.#handOutSoon();
  }

  #record(verdicts: readonly Verdict[]): void {
    const { source, log } = this.#spec;
    const failed = verdicts.flatMap((verdict) => {
      if (verdict.outcome !== "retry" || verdict.kind === "release" || verdict.failures === 0) return [];
      return [{ batchId: verdict.batchId, failures: verdict.failures }];
    });
    if (failed.length === 0) return;
    // Not awaited: this process knows them, and the count is only for the case that it dies before the batch is settled.
    source.recordFailures(failed).catch((error: unknown) => log.debug({ err: error }, "failures were not recorded"));
  }

  /** Once for all that happens in this turn of the event loop, so that what is ready together travels together. */
  #handOutSoon(): void {
    if (this.#stopping) return;
    this.#handingOut ??= setImmediate(() => {
      this.#handingOut = undefined;
      this.#handOut();
    });
  }

  #handOut(): void {
    const { ledger, meter, clock } = this.#spec;
    if (!this.#paused && !this.#stopping) {
      const deliveries = ledger.assign(clock.now());
      for (const [workerId, own] of Map.groupBy(deliveries, (delivery) => delivery.workerId))
        this.#deliver(workerId, own);
      meter.delivered(
        deliveries.length,
        deliveries.reduce((sum, { items }) => sum + items.userIds.length, 0),
      );
    }
    if (this.readBudget() > 0) this.#creditBell.ring();
  }

  #deliver(workerId: string, deliveries: readonly Delivery[]): void {
    const session = this.#sessions.get(workerId);
    if (!session) throw new Error(`the ledger knows a worker that is not attached: ${workerId}`);
    session.deliver(deliveries);
  }
}

/** While Redis takes nothing off, no more is read than the workers have anyway. */
const MAX_UNSETTLED = 10_000;
