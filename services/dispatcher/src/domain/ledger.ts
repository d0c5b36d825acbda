import { chooseWorker } from "./assignment.ts";
import type { Settlement } from "./handoff-source.ts";
import type { Attempt, HeldBatch } from "./held-batch.ts";
import type { Holdings } from "./holdings.ts";
import { attemptNumber, type Items, sharedFailures } from "./items.ts";
import { type ItemFailure, type Judgement, judge, judgeAll } from "./judgement.ts";
import { type FailureKind, type RetryPolicy, retryDelayMs } from "./retry-policy.ts";
import type { Acknowledged, Delivery, Verdict } from "./verdict.ts";
import { type Capacity, WorkerLoad } from "./worker-load.ts";

export interface LedgerSpec {
  holdings: Holdings;
  retry: RetryPolicy;
  /** How long a worker has for a batch, in ms. */
  deliveryDeadlineMs: number;
  /** A token that no other attempt at the same batch has, at any dispatcher. */
  nextToken: () => string;
}

/**
 * Who has what. It decides and remembers; it performs no I/O: whoever calls it delivers, settles and records what it
 * returns.
 *
 * Invariants: a batch has at most one current attempt; a worker is given no batch beyond its credit; a batch leaves the
 * holdings only settled, released, or lost to another dispatcher.
 */
export class Ledger {
  readonly #spec: LedgerSpec;
  readonly #holdings: Holdings;
  readonly #workers = new Map<string, WorkerLoad>();

  constructor(spec: LedgerSpec) {
    this.#spec = spec;
    this.#holdings = spec.holdings;
  }

  attach(workerId: string, capacity: Capacity): WorkerLoad {
    const load = new WorkerLoad(workerId, capacity);
    this.#workers.set(workerId, load);
    return load;
  }

  /** Some worker could take a batch, if not any batch. */
  hasCredit(): boolean {
    return this.#workers.values().some((worker) => worker.hasCredit());
  }

  /** How many more batches the workers could take, beyond those that are ready for them; 0: read nothing. */
  readBudget(): number {
    const { meanItems, ready } = this.#holdings;
    // The first read of a backlog tells how large its batches are; a thousand of a thousand items would wait here for long.
    if (meanItems === undefined) return this.hasCredit() ? 1 : 0;
    let room = 0;
    for (const worker of this.#workers.values()) room += worker.room(meanItems);
    return Math.max(0, room - ready.size);
  }

  /** Hands out what is ready, in order. The first that nobody can take holds up the rest, or a large one might wait for ever. */
  assign(now: number): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const batch of this.#holdings.ready.values()) {
      const worker = chooseWorker(this.#workers.values(), { id: batch.id, items: batch.items.userIds.length });
      if (!worker) break;
      deliveries.push(this.#deliver(batch, worker, now));
    }
    return deliveries;
  }

  /**
   * The batch is committed, whoever says so and in whichever attempt; also one that is not held here. Settle what this
   * returns; a batch that is being settled already gives the same again.
   *
   * "PART": what the worker had was without the items that died before, and these are forgotten here, since the batch was
   * given back or claimed. Whoever holds it now delivers it whole, so it must not be settled.
   */
  ack(workerId: string, batchId: string): Acknowledged | "PART" {
    const partOf = this.#workers.get(workerId)?.finish(batchId)?.partOf;
    const batch = this.#holdings.get(batchId);
    if (partOf && partOf !== batch) return "PART";
    if (!batch) return { settlement: { batchId, dead: [] }, items: 0, first: false };
    const first = batch.phase.at !== "settling";
    return { items: first ? batch.items.userIds.length : 0, first, settlement: this.#settle(batch) };
  }

  /** "STALE": not from the current attempt, so it changes nothing but the credit of the worker that says so. */
  nack(
    workerId: string,
    nack: { batchId: string; token: string; failures: readonly ItemFailure[] },
    now: number,
  ): Verdict | "STALE" {
    this.#workers.get(workerId)?.finish(nack.batchId, nack.token);
    const current = this.#current(nack.batchId, nack.token);
    if (!current) return "STALE";
    const { batch, attempt } = current;
    const { failureLimit } = this.#spec.retry;
    const judgement =
      judge(batch.items, nack.failures, failureLimit) ?? judgeAll(batch.items, "MALFORMED_NACK", failureLimit);
    return this.#conclude(batch, attempt.workerId, judgement, "nack", now);
  }

  /** More time, counted from now; a deadline that is later already stays. False: not from the current attempt. */
  extend(batchId: string, token: string, byMs: number, now: number): boolean {
    const current = this.#current(batchId, token);
    if (!current) return false;
    const { batch, attempt } = current;
    this.#holdings.giveOut(batch, { ...attempt, deadline: Math.max(attempt.deadline, now + byMs) });
    return true;
  }

  /** Takes back the batches whose time is up. */
  expire(now: number): Verdict[] {
    const verdicts: Verdict[] = [];
    for (const batch of this.#holdings) {
      if (batch.phase.at !== "out" || batch.phase.attempt.deadline > now) continue;
      verdicts.push(this.#fail(batch, batch.phase.attempt, "deadline", now));
    }
    return verdicts;
  }

  /** The worker's stream broke: its batches failed. */
  lose(workerId: string, now: number): Verdict[] {
    const verdicts = this.#currentOf(workerId).map(({ batch, attempt }) => this.#fail(batch, attempt, "crash", now));
    this.#workers.delete(workerId);
    return verdicts;
  }

  /** The worker left in good order, or was sent away: its batches are ready again, and nothing is counted. Returns how many. */
  dismiss(workerId: string, now: number): number {
    const batches = this.#currentOf(workerId);
    for (const { batch } of batches) this.#holdings.makeReady(batch, now);
    this.#workers.delete(workerId);
    return batches.length;
  }

  /** The batch belongs to another dispatcher by now. A worker that has it may still acknowledge it. */
  drop(batchId: string): boolean {
    const batch = this.#holdings.get(batchId);
    // Whoever has it now, an Ack settles it.
    if (!batch || batch.phase.at === "settling") return false;
    this.#endAttempt(batch);
    this.#holdings.forget(batch);
    return true;
  }

  #deliver(batch: HeldBatch, worker: WorkerLoad, now: number): Delivery {
    const { workerId } = worker;
    const { id: batchId, couponId, acceptedAt, items, dead } = batch;
    const token = this.#spec.nextToken();
    worker.take(batchId, token, items.userIds.length, dead.length > 0 ? batch : undefined);
    this.#holdings.giveOut(batch, { token, workerId, deadline: now + this.#spec.deliveryDeadlineMs });
    // Never 1 for a part: the Ack of a first attempt is good at any dispatcher.
    const attempt = Math.max(attemptNumber(items), dead.length > 0 ? 2 : 1);
    return { batchId, workerId, token, attempt, couponId, acceptedAt, items };
  }

  #fail(batch: HeldBatch, attempt: Attempt, kind: "crash" | "deadline", now: number): Verdict {
    const reason = kind === "crash" ? "WORKER_LOST" : "DEADLINE_PASSED";
    return this.#conclude(
      batch,
      attempt.workerId,
      judgeAll(batch.items, reason, this.#spec.retry.failureLimit),
      kind,
      now,
    );
  }

  #conclude(batch: HeldBatch, workerId: string, judgement: Judgement, cause: FailureKind, now: number): Verdict {
    this.#endAttempt(batch);
    batch.items = judgement.remaining;
    batch.dead = [...batch.dead, ...judgement.dead];
    const facts = {
      batchId: batch.id,
      workerId,
      kind: judgement.failed || judgement.dead.length > 0 ? cause : ("release" as const),
      committedItems: judgement.committed,
      deadItems: judgement.dead.reduce((count, dead) => count + dead.userIds.length, 0),
    };
    if (batch.items.userIds.length === 0) return { ...facts, outcome: "settle", settlement: this.#settle(batch) };

    const delayMs = judgement.delayMs ?? this.#delayMs(judgement.failed ? cause : "release", batch.items, workerId);
    if (delayMs > 0) this.#holdings.rest(batch, now + delayMs);
    else this.#holdings.makeReady(batch, now);
    return { ...facts, outcome: "retry", failures: sharedFailures(batch.items) };
  }

  #delayMs(kind: FailureKind | "release", items: Items, workerId: string): number {
    const { retry } = this.#spec;
    if (kind !== "release") return retryDelayMs(retry, kind, attemptNumber(items) - 1);
    const worker = this.#workers.get(workerId);
    return worker && !worker.closing ? retry.releaseDelayMs : 0;
  }

  #settle(batch: HeldBatch): Settlement {
    this.#endAttempt(batch);
    this.#holdings.beginSettling(batch);
    return { batchId: batch.id, dead: batch.dead };
  }

  /** A worker that has not answered yet still has the batch on its hands. */
  #endAttempt(batch: HeldBatch): void {
    if (batch.phase.at === "out") this.#workers.get(batch.phase.attempt.workerId)?.lapse(batch.id);
  }

  #current(batchId: string, token: string): { batch: HeldBatch; attempt: Attempt } | undefined {
    const batch = this.#holdings.get(batchId);
    if (batch?.phase.at !== "out" || batch.phase.attempt.token !== token) return undefined;
    return { batch, attempt: batch.phase.attempt };
  }

  #currentOf(workerId: string): { batch: HeldBatch; attempt: Attempt }[] {
    const found: { batch: HeldBatch; attempt: Attempt }[] = [];
    for (const batchId of this.#workers.get(workerId)?.current() ?? []) {
      const batch = this.#holdings.get(batchId);
      if (batch?.phase.at === "out" && batch.phase.attempt.workerId === workerId)
        found.push({ batch, attempt: batch.phase.attempt });
    }
    return found;
  }
}
