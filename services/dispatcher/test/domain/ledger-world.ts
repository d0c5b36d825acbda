import assert from "node:assert/strict";
import { Holdings } from "../../src/domain/holdings.ts";
import type { ItemFailure } from "../../src/domain/judgement.ts";
import { Ledger } from "../../src/domain/ledger.ts";
import type { WorkerLoad } from "../../src/domain/worker-load.ts";
import { aBatch } from "./a-batch.ts";
import { LedgerModel, openItems } from "./ledger-model.ts";

const FAILURE_LIMIT = 3;
const DEADLINE_MS = 100;

/** What may happen, as often as it is named. */
export const ACTIONS = [
  "hold",
  "hold",
  "hold",
  "attach",
  "attach",
  "assign",
  "assign",
  "assign",
  "ack",
  "ack",
  "nack",
  "nack",
  "extend",
  "pass",
  "pass",
  "crash",
  "dismiss",
  "credit",
  "close",
  "congest",
  "settle",
  "beginRelease",
  "endRelease",
  "drop",
] as const;

/** A ledger and its model side by side; every action takes two numbers to choose with. */
export class LedgerWorld {
  readonly #model = new LedgerModel(FAILURE_LIMIT);
  readonly #holdings = new Holdings();
  readonly #loads = new Map<string, WorkerLoad>();
  readonly #ledger: Ledger;
  #releasing: string[] = [];
  #now = 0;
  #names = 0;

  constructor() {
    this.#ledger = new Ledger({
      holdings: this.#holdings,
      retry: { failureLimit: FAILURE_LIMIT, backoff: (failures) => 20 * (failures + 1), releaseDelayMs: 5 },
      deliveryDeadlineMs: DEADLINE_MS,
      nextToken: () => `t${++this.#names}`,
    });
  }

  hold(a: number, b: number): void {
    const known = [...this.#model.batches]
      .filter(([, { place }]) => place === "released" || place === "lost")
      .map(([id]) => id);
    const again = pick(known, b);
    const id = again !== undefined && a % 3 === 0 ? again : `b${++this.#names}`;
    const size = this.#model.batches.get(id)?.items.size ?? 1 + (a % 6);
    const batch = aBatch(id, { size, failures: b % FAILURE_LIMIT });
    assert(this.#holdings.hold(batch, this.#now));
    this.#model.hold(batch);
  }

  attach(a: number, b: number): void {
    const workerId = `w${++this.#names}`;
    const capacity = { maxBatches: a % 4, maxItems: b % 10 };
    this.#loads.set(workerId, this.#ledger.attach(workerId, capacity));
    this.#model.workers.set(workerId, {
      ...capacity,
      closing: false,
      congested: false,
      has: new Map(),
      tokens: new Map(),
      parts: new Set(),
    });
  }

  credit(a: number, b: number): void {
    this.#withWorker(a, (workerId, load) => {
      load.capacity = { maxBatches: b % 4, maxItems: b % 10 };
      Object.assign(this.#model.worker(workerId), load.capacity);
    });
  }

  close(a: number): void {
    this.#withWorker(a, (workerId, load) => {
      load.closing = this.#model.worker(workerId).closing = true;
    });
  }

  congest(a: number, b: number): void {
    this.#withWorker(a, (workerId, load) => {
      load.congested = this.#model.worker(workerId).congested = b % 2 === 0;
    });
  }

  assign(): void {
    for (const delivery of this.#ledger.assign(this.#now)) this.#model.deliver(delivery);
  }

  /** From any attempt that ever was, over any stream. */
  ack(a: number, b: number): void {
    const attempt = pick(this.#model.attempts, a);
    if (!attempt) return;
    this.#withWorker(b, (workerId) => {
      this.#model.ack(workerId, attempt.batchId, this.#ledger.ack(workerId, attempt.batchId));
    });
  }

  nack(a: number, b: number): void {
    const attempt = pick(this.#model.attempts, a);
    if (!attempt || !this.#loads.has(attempt.workerId)) return;
    const nack = { ...attempt, failures: this.#failures(attempt.batchId, b) };
    this.#model.nack(nack, this.#ledger.nack(attempt.workerId, nack, this.#now));
  }

  extend(a: number, b: number): void {
    const attempt = pick(this.#model.attempts, a);
    if (!attempt) return;
    const isCurrent = this.#model.batch(attempt.batchId).current?.token === attempt.token;
    assert.equal(this.#ledger.extend(attempt.batchId, attempt.token, b % 300, this.#now), isCurrent);
  }

  /** Time passes. */
  pass(a: number): void {
    this.#now += a % 150;
    for (const verdict of this.#ledger.expire(this.#now)) this.#model.lose(verdict.batchId, verdict);
    this.#holdings.wake(this.#now);
  }

  crash(a: number): void {
    this.#withWorker(a, (workerId) => {
      for (const verdict of this.#ledger.lose(workerId, this.#now)) this.#model.lose(verdict.batchId, verdict);
      this.#forget(workerId);
    });
  }

  dismiss(a: number): void {
    this.#withWorker(a, (workerId) => {
      this.#ledger.dismiss(workerId, this.#now);
      for (const batch of this.#model.batches.values())
        if (batch.current?.workerId === workerId) batch.current = undefined;
      this.#forget(workerId);
    });
  }

  settle(a: number): void {
    const batchId = pick(this.#at("settling"), a);
    if (batchId === undefined) return;
    this.#holdings.settled(batchId);
    this.#model.batch(batchId).place = "settled";
  }

  beginRelease(a: number): void {
    const holdings = this.#holdings;
    const released = a % 2 === 0 ? holdings.beginReleaseOfAll() : holdings.beginRelease(this.#now - (a % 100), a % 3);
    for (const batchId of released) {
      const batch = this.#model.batch(batchId);
      assert.deepEqual([batch.place, batch.current], ["held", undefined]);
      batch.place = "releasing";
      this.#releasing.push(batchId);
    }
  }

  endRelease(a: number): void {
    const given = a % 2 === 0;
    this.#holdings.endRelease(this.#releasing, given, this.#now);
    // Those that were acknowledged meanwhile are settled all the same.
    for (const batchId of this.#at("releasing")) this.#model.batch(batchId).place = given ? "released" : "held";
    this.#releasing = [];
  }

  drop(a: number): void {
    const batchId = pick([...this.#model.batches.keys()], a);
    if (batchId === undefined) return;
    const batch = this.#model.batch(batchId);
    const isHeld = batch.place === "held" || batch.place === "releasing";
    assert.equal(this.#ledger.drop(batchId), isHeld);
    if (isHeld) Object.assign(batch, { place: "lost", current: undefined });
  }

  /** A worker that does what it is told takes all that is left; then nothing may be held, and every item has its end. */
  finish(): void {
    this.endRelease(1);
    const workerId = "good";
    this.#loads.set(workerId, this.#ledger.attach(workerId, { maxBatches: 1_000, maxItems: 1_000 }));
    this.#model.workers.set(workerId, {
      maxBatches: 1_000,
      maxItems: 1_000,
      closing: false,
      congested: false,
      has: new Map(),
      tokens: new Map(),
      parts: new Set(),
    });
    const others = [...this.#loads.keys()].filter((other) => other !== workerId);
    for (const verdict of others.flatMap((other) => this.#ledger.lose(other, this.#now)))
      this.#model.lose(verdict.batchId, verdict);
    this.#now += 1_000_000;
    this.#holdings.wake(this.#now);
    for (const delivery of this.#ledger.assign(this.#now)) {
      this.#model.deliver(delivery);
      this.#model.ack(workerId, delivery.batchId, this.#ledger.ack(workerId, delivery.batchId));
    }
    for (const batchId of this.#at("settling")) {
      this.#holdings.settled(batchId);
      this.#model.batch(batchId).place = "settled";
    }
    assert.deepEqual([[...this.#holdings], this.#holdings.ready.size], [[], 0]);
    for (const { place, items } of this.#model.batches.values()) {
      assert(["settled", "released", "lost"].includes(place));
      assert(place !== "settled" || [...items.values()].every(({ state }) => state !== "open"));
    }
  }

  #failures(batchId: string, b: number): ItemFailure[] {
    const kinds = ["retriable", "fatal", "released"] as const;
    const named = openItems(this.#model.batch(batchId)).filter((_, index) => (b >> index) % 2 === 1);
    const failure = (kind: ItemFailure["kind"], ids: string[]): ItemFailure => ({ kind, userIds: ids, reason: "BUSY" });
    const first = failure(kinds[b % 3] ?? "retriable", named);
    return b % 5 === 0 ? [first, failure(kinds[(b >> 2) % 3] ?? "retriable", [])] : [first];
  }

  #at(wanted: string): string[] {
    return [...this.#model.batches].filter(([, { place }]) => place === wanted).map(([id]) => id);
  }

  #withWorker(a: number, act: (workerId: string, load: WorkerLoad) => void): void {
    const entry = pick([...this.#loads], a);
    if (entry) act(...entry);
  }

  #forget(workerId: string): void {
    this.#loads.delete(workerId);
  }
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % from.length];
}
