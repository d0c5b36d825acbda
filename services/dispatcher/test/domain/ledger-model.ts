import assert from "node:assert/strict";
import type { HandoffBatch, Settlement } from "../../src/domain/handoff-source.ts";
import type { ItemFailure } from "../../src/domain/judgement.ts";
import type { Acknowledged, Delivery, Verdict } from "../../src/domain/verdict.ts";

/**
 * What an observer knows who sees only what goes in and out of a ledger, and what that observer holds it to: one current
 * attempt per batch, credit never exceeded, an item dead only for a reason, and nothing forgotten.
 */
export class LedgerModel {
  readonly workers = new Map<string, ModelWorker>();
  readonly batches = new Map<string, ModelBatch>();
  /** Every attempt there ever was. */
  readonly attempts: { batchId: string; workerId: string; token: string }[] = [];
  readonly #failureLimit: number;
  readonly #tokens = new Set<string>();

  constructor(failureLimit: number) {
    this.#failureLimit = failureLimit;
  }

  hold(batch: HandoffBatch): void {
    this.batches.set(batch.id, {
      items: new Map(batch.userIds.map((userId) => [userId, { state: "open", failures: batch.failures }])),
      place: "held",
      current: undefined,
    });
  }

  deliver({ batchId, workerId, token, attempt, items }: Delivery): void {
    const batch = this.batch(batchId);
    const worker = this.worker(workerId);
    assert.deepEqual([batch.place, batch.current], ["held", undefined]);
    assert(!this.#tokens.has(token));
    const open = openItems(batch);
    assert.deepEqual(items.userIds, open);
    const isPart = deadItems(batch).length > 0;
    const failures = Math.max(...open.map((userId) => item(batch, userId).failures));
    assert.equal(attempt, Math.max(1 + failures, isPart ? 2 : 1));

    const others = [...worker.has].filter(([id]) => id !== batchId);
    const outstanding = others.reduce((sum, [, size]) => sum + size, 0);
    assert(!worker.closing && !worker.congested);
    assert(others.length < worker.maxBatches);
    const busy = [...this.batches.values()].some(({ current }) => current?.workerId === workerId);
    assert(!busy || outstanding + open.length <= worker.maxItems);
    assert(outstanding < worker.maxItems);

    this.#tokens.add(token);
    this.attempts.push({ batchId, workerId, token });
    batch.current = { workerId, token };
    worker.has.set(batchId, open.length);
    worker.tokens.set(batchId, token);
    if (isPart) worker.parts.add(batchId);
    else worker.parts.delete(batchId);
  }

  ack(workerId: string, batchId: string, acknowledged: Acknowledged | "PART"): void {
    const worker = this.worker(workerId);
    const hasPart = worker.has.delete(batchId) && worker.parts.has(batchId);
    const batch = this.batch(batchId);
    assert.equal(acknowledged === "PART", hasPart && ["settled", "released", "lost"].includes(batch.place));
    if (acknowledged === "PART") return;
    const { settlement } = acknowledged;
    assert.equal(settlement.batchId, batchId);
    if (batch.place !== "held" && batch.place !== "releasing") return;
    for (const userId of openItems(batch)) item(batch, userId).state = "committed";
    this.#settle(batch, settlement);
  }

  nack(
    nack: { workerId: string; batchId: string; token: string; failures: readonly ItemFailure[] },
    verdict: Verdict | "STALE",
  ): void {
    const worker = this.worker(nack.workerId);
    if (worker.tokens.get(nack.batchId) === nack.token) worker.has.delete(nack.batchId);
    const batch = this.batch(nack.batchId);
    if (batch.current?.token !== nack.token) {
      assert.equal(verdict, "STALE");
      return;
    }
    for (const userId of openItems(batch)) {
      const failure =
        nack.failures.find(({ userIds }) => userIds.includes(userId)) ??
        nack.failures.find(({ userIds }) => userIds.length === 0);
      this.#fail(item(batch, userId), failure?.kind);
    }
    this.#conclude(batch, verdict);
  }

  /** A crash or a deadline. */
  lose(batchId: string, verdict: Verdict): void {
    const batch = this.batch(batchId);
    for (const userId of openItems(batch)) this.#fail(item(batch, userId), "retriable");
    this.#conclude(batch, verdict);
  }

  batch(batchId: string): ModelBatch {
    const batch = this.batches.get(batchId);
    if (!batch) throw new Error(`the model knows no batch ${batchId}`);
    return batch;
  }

  worker(workerId: string): ModelWorker {
    const worker = this.workers.get(workerId);
    if (!worker) throw new Error(`the model knows no worker ${workerId}`);
    return worker;
  }

  #fail(one: ModelItem, kind: ItemFailure["kind"] | undefined): void {
    if (kind === undefined) one.state = "committed";
    else if (kind !== "released") one.failures += 1;
    if (kind === "fatal" || (kind === "retriable" && one.failures >= this.#failureLimit)) one.state = "dead";
  }

  #conclude(batch: ModelBatch, verdict: Verdict | "STALE"): void {
    if (verdict === "STALE") throw new Error("the current attempt is not stale");
    batch.current = undefined;
    assert.equal(verdict.outcome, openItems(batch).length === 0 ? "settle" : "retry");
    if (verdict.outcome === "settle") this.#settle(batch, verdict.settlement);
  }

  #settle(batch: ModelBatch, settlement: Settlement): void {
    batch.current = undefined;
    batch.place = "settling";
    const dead = settlement.dead.flatMap(({ userIds }) => userIds);
    assert.deepEqual(dead.toSorted(), deadItems(batch).toSorted());
  }
}

export interface ModelWorker {
  maxBatches: number;
  maxItems: number;
  closing: boolean;
  congested: boolean;
  /** Batch → items, as long as the worker has not answered. */
  has: Map<string, number>;
  tokens: Map<string, string>;
  /** Batches of which it was last given only what was not dead. */
  parts: Set<string>;
}

export interface ModelBatch {
  items: Map<string, ModelItem>;
  place: "held" | "releasing" | "settling" | "settled" | "released" | "lost";
  current: { workerId: string; token: string } | undefined;
}

interface ModelItem {
  state: "open" | "committed" | "dead";
  failures: number;
}

export function openItems(batch: ModelBatch): string[] {
  return [...batch.items].filter(([, one]) => one.state === "open").map(([userId]) => userId);
}

function deadItems(batch: ModelBatch): string[] {
  return [...batch.items].filter(([, one]) => one.state === "dead").map(([userId]) => userId);
}

function item(batch: ModelBatch, userId: string): ModelItem {
  const one = batch.items.get(userId);
  if (!one) throw new Error(`the batch has no item ${userId}`);
  return one;
}
