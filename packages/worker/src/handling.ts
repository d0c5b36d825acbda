import { type Logger, SlotMap } from "@firstcome/runtime";
import type { Load } from "./capacity.ts";
import { type BatchOutcome, DONE, failed, type ItemFailure } from "./outcome.ts";
import type { WorkBatch } from "./work-batch.ts";

/**
 * Does the work.
 *
 * Called once for each delivered batch, for many at the same time: as many as the capacity allows. Return what became
 * of the batch, or nothing when all of it is committed. A throw is a retriable failure of the whole batch.
 *
 * Delivery is at least once, so handling must be idempotent: the issue number is the key.
 */
export type Handle = (batch: WorkBatch, context: HandleContext) => Promise<BatchOutcome | void>;

export interface HandleContext {
  /**
   * Aborts when the worker must stop: return soon, with `released` for a batch that is not committed. What is not
   * returned within a second is given back all the same.
   */
  readonly signal: AbortSignal;
}

/** One attempt at one batch, as a dispatcher knows it. */
export interface Attempt<S> {
  readonly batch: WorkBatch;
  /** Who delivered it last; its Nack and Extend must go there, with the token. */
  session: S;
  token: string;
  /** When to ask for more time, in ms of `performance.now()`. */
  extendAt: number;
  readonly giveUpAt: number;
}

export interface HandlingSpec<S> {
  handle: Handle;
  /** Called once for each batch, when its fate is known. */
  settle: (attempt: Attempt<S>, outcome: BatchOutcome) => void;
  /** A batch still with the handler after this long has failed. */
  maxHandlingMs: number;
  signal: AbortSignal;
  log: Logger;
}

/** The batches in hand: from delivery until their fate is known. */
export class Handling<S> {
  readonly #spec: HandlingSpec<S>;
  readonly #context: HandleContext;
  readonly #attempts = new SlotMap<string, Attempt<S>>();
  #onIdle: (() => void)[] = [];

  constructor(spec: HandlingSpec<S>) {
    this.#spec = spec;
    this.#context = { signal: spec.signal };
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** Starts the work, unless it is under way already: a stream that broke had its batches delivered again. */
  take(batch: WorkBatch, token: string, session: S, extendAt: number): void {
    const known = this.#attempts.get(batch.id);
    if (known && isSame(known.batch, batch)) {
      Object.assign(known, { token, session, extendAt });
      return;
    }
    const giveUpAt = performance.now() + this.#spec.maxHandlingMs;
    const attempt: Attempt<S> = { batch, token, session, extendAt, giveUpAt };
    this.#attempts.set(batch.id, attempt);
    void this.#work(attempt);
  }

  /** What is in hand and was delivered by a session of which `belongs` says so. */
  load(belongs: (session: S) => boolean): Load {
    let batches = 0;
    let items = 0;
    for (const { batch, session } of this.#attempts.values()) {
      if (!belongs(session)) continue;
      batches += 1;
      items += batch.userIds.length;
    }
    return { batches, items };
  }

  /** The session's attempts that need more time. Whatever had too much of it fails, of any session. */
  due(session: S, now: number): Attempt<S>[] {
    const due: Attempt<S>[] = [];
    for (const attempt of this.#attempts.values()) {
      if (attempt.giveUpAt <= now) this.#giveUp(attempt);
      else if (attempt.session === session && attempt.extendAt <= now) due.push(attempt);
    }
    return due;
  }

  /** Nothing is in hand. */
  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Settles all that is in hand with `outcome`; what the handler says of it later no longer counts. */
  settleAll(outcome: BatchOutcome): void {
    for (const attempt of this.#attempts.values()) this.#settle(attempt, outcome);
  }

  async #work(attempt: Attempt<S>): Promise<void> {
    const outcome = await this.#ask(attempt.batch);
    const isCurrent = this.#attempts.get(attempt.batch.id) === attempt;
    // Late is not lost: the Ack of a whole batch is good from any attempt, even one that was given up.
    if (isCurrent || (outcome.kind === "done" && isWhole(attempt.batch))) this.#settle(attempt, outcome);
  }

  async #ask(batch: WorkBatch): Promise<BatchOutcome> {
    try {
      return withoutEmpty((await this.#spec.handle(batch, this.#context)) ?? DONE);
    } catch (error) {
      this.#spec.log.error({ err: error, batchId: batch.id, attempt: batch.attempt }, "the handler threw");
      return failed(wholeBatch(batch, String(error)));
    }
  }

  #giveUp(attempt: Attempt<S>): void {
    const { batch } = attempt;
    const { maxHandlingMs, log } = this.#spec;
    log.error({ batchId: batch.id, attempt: batch.attempt, maxHandlingMs }, "the handler took too long");
    this.#settle(attempt, failed(wholeBatch(batch, `not handled within ${maxHandlingMs} ms`)));
  }

  #settle(attempt: Attempt<S>, outcome: BatchOutcome): void {
    if (this.#attempts.get(attempt.batch.id) === attempt) this.#attempts.delete(attempt.batch.id);
    this.#spec.settle(attempt, outcome);
    if (this.size > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}

/** Whether no item can be missing: a first attempt has them all, a later one only those that were not settled. */
export function isWhole({ attempt }: WorkBatch): boolean {
  return attempt === 1;
}

function isSame(one: WorkBatch, other: WorkBatch): boolean {
  const { userIds } = one;
  return userIds.length === other.userIds.length && userIds.every((userId, index) => userId === other.userIds[index]);
}

function wholeBatch(batch: WorkBatch, reason: string): ItemFailure[] {
  return [{ userIds: batch.userIds, kind: "retriable", reason }];
}

/** On the wire, a failure without users stands for the whole batch; from a handler it stands for nobody. */
function withoutEmpty(outcome: BatchOutcome): BatchOutcome {
  return outcome.kind === "failed" ? failed(outcome.failures.filter(({ userIds }) => userIds.length > 0)) : outcome;
}
