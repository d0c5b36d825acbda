import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { decide } from "./decide.ts";
import type { GateDecision, GateGroup } from "./decide.ts";
import { ReplicatedScripts } from "../replicated-scripts.ts";
import { GateDeadlineError, GateUnavailableError } from "./errors.ts";
import { NumbersSeen } from "./numbers-seen.ts";

/** A call that waits for the gate. */
export interface Ask {
  readonly couponId: string;
  readonly mode: GateGroup["mode"];
  readonly userIds: readonly string[];
  /** Epoch ms. */
  readonly deadline: number;
  /** Told the decisions on all users of its coupon in the batch; its own begin at `first`. */
  readonly settle: (decisions: readonly GateDecision[], first: number) => void;
  readonly reject: (error: Error) => void;
}

export interface GateLaneOptions {
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly partition: number;
  readonly maxBatch: number;
  readonly waitReplicas: number;
  readonly waitTimeoutMs: number;
  readonly now: () => number;
  readonly onBatch: (users: number, ms: number) => void;
}

/** Callers hear of their deadline at most this late; in return one timer looks after all of them, however many, and no call pays for it. */
const GRAIN_MS = 100;

/**
 * The calls for one partition: at most one batch is under way, and the next one gathers meanwhile. How far each coupon's numbers
 * have come goes along, so that a Redis that has forgotten some refuses before it writes anything.
 */
export class GateLane {
  readonly #options: GateLaneOptions;
  readonly #seen = new NumbersSeen();
  readonly #replicated: ReplicatedScripts | undefined;
  readonly #fence: string;
  #queue: Ask[] = [];
  /** Of the batch that is sent, those who are still to be told. */
  #underWay: readonly Ask[] = [];
  #waiting = 0;
  #watch: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #lastBatchMs = 1;

  constructor(options: GateLaneOptions) {
    this.#options = options;
    const { redis, keys, partition, waitReplicas: replicas, waitTimeoutMs: timeoutMs } = options;
    this.#fence = keys.fence(partition);
    if (replicas > 0) this.#replicated = new ReplicatedScripts({ redis, replicas, timeoutMs });
  }

  /** Users in the queue, without those under way. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A guess at how long the queue takes, in ms: for callers that are turned away. */
  drainTimeMs(): number {
    const batches = Math.max(Math.ceil(this.#waiting / this.#options.maxBatch), 1);
    return Math.ceil(Math.max(this.#lastBatchMs, 1) * batches);
  }

  add(ask: Ask): void {
    this.#queue.push(ask);
    this.#waiting += ask.userIds.length;
    this.#running ??= this.#run();
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  close(): void {
    clearTimeout(this.#watch);
    this.#replicated?.close();
  }

  async #run(): Promise<void> {
    // The caller notes this promise before the first batch is taken, whatever becomes of that batch.
    await Promise.resolve();
    this.#watchDeadlines();
    while (this.#queue.length > 0) {
      const batch = this.#take();
      if (batch.length > 0) await this.#decide(batch);
    }
    this.#running = undefined;
  }

  /** While it runs: a Redis that hangs must keep nobody longer than they want to wait. */
  #watchDeadlines(): void {
    this.#watch ??= setTimeout(() => {
      this.#watch = undefined;
      if (!this.#running) return;
      this.#dismissLate();
      this.#watchDeadlines();
    }, GRAIN_MS).unref();
  }

  #dismissLate(): void {
    const time = this.#options.now();
    // They were sent, so nobody knows whether the gate has decided on them.
    this.#underWay = timelyOf(this.#underWay, time, () => new GateUnavailableError(this.#retryAfterMs(), undefined));
    this.#queue = timelyOf(this.#queue, time, () => new GateDeadlineError());
    this.#waiting = this.#queue.reduce((users, { userIds }) => users + userIds.length, 0);
  }

  /** The next batch, in the order of arrival, without those who are too late. */
  #take(): Ask[] {
    const { maxBatch, now } = this.#options;
    const time = now();
    const batch: Ask[] = [];
    let taken = 0;
    let users = 0;
    for (const ask of this.#queue) {
      if (users > 0 && users + ask.userIds.length > maxBatch) break;
      taken++;
      this.#waiting -= ask.userIds.length;
      if (ask.deadline <= time) {
        ask.reject(new GateDeadlineError());
      } else {
        batch.push(ask);
        users += ask.userIds.length;
      }
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    return batch;
  }

  async #decide(batch: readonly Ask[]): Promise<void> {
    const { redis, keys, partition, onBatch } = this.#options;
    const groups = groupByCoupon(batch, this.#seen);
    const startedAt = performance.now();
    let users = 0;
    this.#underWay = batch;
    try {
      const replicated = this.#replicated?.once(this.#fence);
      const answers = await decide(replicated ?? redis, keys, partition, groups);
      // Losers need no replica.
      if (replicated && answers.some(({ decisions }) => decisions.some(isWinner))) replicated.requireReplicas();
      for (const [g, { decisions, seen }] of answers.entries()) {
        const { couponId, asks } = groups[g] as AskGroup;
        if (seen) this.#seen.note(couponId, seen);
        let first = 0;
        for (const ask of asks) {
          ask.settle(decisions, first);
          first += ask.userIds.length;
        }
        users += first;
      }
    } catch (cause) {
      const error = new GateUnavailableError(this.#retryAfterMs(), cause);
      for (const ask of batch) ask.reject(error);
    } finally {
      this.#underWay = [];
      this.#lastBatchMs = performance.now() - startedAt;
      onBatch(users, this.#lastBatchMs);
    }
  }

  /** At least 100 ms: a Redis that is away is not back sooner, and callers come back all together. */
  #retryAfterMs(): number {
    return Math.max(100, this.drainTimeMs());
  }
}

/** Those whose deadline has not passed; the others are told why they wait no longer. */
function timelyOf(asks: readonly Ask[], time: number, why: () => Error): Ask[] {
  return asks.filter((ask) => {
    if (ask.deadline > time) return true;
    ask.reject(why());
    return false;
  });
}

/** A repeated call counts: its first attempt may have been written and not replicated yet. */
function isWinner({ outcome }: GateDecision): boolean {
  return outcome === "ACCEPTED" || outcome === "ALREADY_ISSUED";
}

interface AskGroup extends GateGroup {
  readonly userIds: string[];
  readonly asks: Ask[];
}

/** One group per coupon and mode. Within a group the order of arrival is kept, which is what decides. */
function groupByCoupon(batch: readonly Ask[], seen: NumbersSeen): readonly AskGroup[] {
  const groups = new Map<string, AskGroup>();
  let group: AskGroup | undefined;
  for (const ask of batch) {
    // Mostly all ask for the same coupon, and need no look-up.
    if (group?.couponId !== ask.couponId || group.mode !== ask.mode) group = groupOf(groups, ask, seen);
    group.asks.push(ask);
    for (const userId of ask.userIds) group.userIds.push(userId);
  }
  return [...groups.values()];
}

function groupOf(groups: Map<string, AskGroup>, { couponId, mode }: Ask, seen: NumbersSeen): AskGroup {
  const key = `${mode} ${couponId}`;
  let group = groups.get(key);
  if (!group) groups.set(key, (group = { couponId, mode, seen: seen.of(couponId), userIds: [], asks: [] }));
  return group;
}
