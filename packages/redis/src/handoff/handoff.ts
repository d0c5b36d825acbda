import { Cluster } from "ioredis";
import { agreeOnPartitions } from "../agree-on-partitions.ts";
import type { RedisClient } from "../connect.ts";
import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import { claim } from "./claim.ts";
import { DeadLetters } from "./dead-letters.ts";
import { fieldsOf } from "./entry.ts";
import type { EntryRef, HandoffEntry } from "./entry.ts";
import { forgetConsumers } from "./forget-consumers.ts";
import { holdEntries } from "./hold-entries.ts";
import type { HoldResult } from "./hold-entries.ts";
import { hold } from "./hold.ts";
import { Intake, RELEASED_IDLE_MS } from "./intake.ts";
import { HandoffLane } from "./lane.ts";
import { settle } from "./settle.ts";
import type { Settlement } from "./settle.ts";

/** Backlog over all partitions. */
export interface HandoffStats {
  /** Entries not settled yet. */
  readonly backlog: number;
  /** Of these, the ones that a consumer has read. */
  readonly pending: number;
  /** Epoch ms. Undefined: nothing waits. */
  readonly oldestAcceptedAt: number | undefined;
  readonly deadLetters: number;
}

/**
 * The way of accepted batches out of Redis, for one dispatcher. Which entries a dispatcher holds is known to Redis (the
 * group's list of pending entries), so a dispatcher may die at any instant.
 *
 * All methods throw what Redis or the connection says unless they say otherwise, and may simply be called again.
 */
export class Handoff {
  readonly deadLetters: DeadLetters;
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #consumer: string;
  readonly #intake: Intake;
  readonly #cursors = new Map<number, string>();

  /**
   * @param options.consumer a name that no other dispatcher process has, nor had while entries of it are pending
   * @param options.waitReplicas how many replicas must have an entry before it is given to anyone; 0 unless set
   */
  constructor(options: {
    readonly redis: RedisClient;
    readonly keys: Keys;
    readonly consumer: string;
    readonly waitReplicas?: number;
  }) {
    const { waitReplicas = 0 } = options;
    this.#intake = new Intake({ ...options, waitReplicas });
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#consumer = options.consumer;
    this.deadLetters = new DeadLetters(options.redis, options.keys);
  }

  /**
   * Creates the consumer group where it is missing: at first, and after Redis came back empty.
   *
   * @throws also when the data has another number of partitions, some of which would never be read
   */
  async prepare(): Promise<void> {
    await agreeOnPartitions(this.#redis, this.#keys);
    await this.#each(async (partition) => {
      try {
        // From the beginning of the stream: what was accepted before the group existed is handed off as well.
        await this.#redis.xgroup("CREATE", this.#keys.handoff(partition), HANDOFF_GROUP, "0", "MKSTREAM");
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("BUSYGROUP")) throw error;
      }
    });
  }

  /** Readers over all partitions: one, or on a cluster one for each partition, since no command may span slots. */
  lanes(): HandoffLane[] {
    const options = { redis: this.#redis, keys: this.#keys, consumer: this.#consumer, intake: this.#intake };
    return this.#neighbours().map((partitions) => new HandoffLane({ ...options, partitions }));
  }

  /**
   * Takes over entries that nobody has touched for `minIdleMs`: of a dead dispatcher, or released. At most `count` of each
   * partition, or fewer, and in steps: call it again for as long as it brings something.
   *
   * @throws when it brings nothing, and a partition might have had something
   */
  async claim(limits: { minIdleMs: number; count: number }): Promise<HandoffEntry[]> {
    const claimed = await Promise.allSettled(this.#neighbours().map((some) => this.#claimOf(some, limits)));
    const entries = claimed.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    const failure = claimed.find((result) => result.status === "rejected");
    if (failure && entries.length === 0) throw failure.reason;
    return entries;
  }

  /** Says that this consumer is alive and has these entries. Never rejects. */
  keepAlive(entries: readonly EntryRef[]): Promise<HoldResult> {
    return holdEntries(this.#redis, this.#keys, { consumer: this.#consumer, idleMs: 0 }, entries);
  }

  /** Gives entries back: any dispatcher may claim them at once. Does not count as a failure. Never rejects. */
  release(entries: readonly EntryRef[]): Promise<HoldResult> {
    return holdEntries(this.#redis, this.#keys, { consumer: this.#consumer, idleMs: RELEASED_IDLE_MS }, entries);
  }

  /** Remembers how often an entry has failed, beyond this process. */
  async recordFailure(partition: number, entryId: string, failures: number): Promise<void> {
    await hold(this.#redis, this.#keys, partition, { consumer: this.#consumer, idleMs: 0 }, [{ entryId, failures }]);
  }

  /** Takes entries off for good, whoever owns them, keeping their dead items as dead letters. May be repeated. */
  async settle(partition: number, settlements: readonly Settlement[]): Promise<void> {
    if (settlements.length > 0) await settle(this.#redis, this.#keys, partition, settlements);
  }

  /** This consumer reads and claims no more. It stays known where it still has entries, until others have claimed these. */
  async leave(): Promise<void> {
    const consumer = this.#consumer;
    this.#intake.close();
    await this.#each((partition) => forgetConsumers(this.#redis, this.#keys, partition, { silentMs: 0, consumer }));
  }

  /** Forgets consumers that have nothing and were silent for `silentMs`. Returns how many, over all partitions. */
  async forgetSilent(silentMs: number): Promise<number> {
    return sum(await this.#each((partition) => forgetConsumers(this.#redis, this.#keys, partition, { silentMs })));
  }

  async stats(): Promise<HandoffStats> {
    const each = await this.#each(async (partition) => {
      const stream = this.#keys.handoff(partition);
      const [backlog, pending, [oldest], deadLetters] = await Promise.all([
        this.#redis.xlen(stream),
        this.#redis.xpending(stream, HANDOFF_GROUP).catch(unlessGroupIsMissing),
        this.#redis.xrange(stream, "-", "+", "COUNT", 1),
        this.#redis.xlen(this.#keys.dead(partition)),
      ]);
      const acceptedAt = oldest && Number(fieldsOf(oldest[1])["t"]);
      return { backlog, pending: Number(pending[0]), acceptedAt: acceptedAt || Number.POSITIVE_INFINITY, deadLetters };
    });
    const oldest = Math.min(...each.map(({ acceptedAt }) => acceptedAt));
    return {
      backlog: sum(each.map(({ backlog }) => backlog)),
      pending: sum(each.map(({ pending }) => pending)),
      oldestAcceptedAt: Number.isFinite(oldest) ? oldest : undefined,
      deadLetters: sum(each.map(({ deadLetters }) => deadLetters)),
    };
  }

  /** Asks all dispatchers to hand out nothing more. */
  async pause(): Promise<void> {
    await this.#redis.set(this.#keys.dispatchPaused(), "1");
  }

  async resume(): Promise<void> {
    await this.#redis.del(this.#keys.dispatchPaused());
  }

  async paused(): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.dispatchPaused())) === 1;
  }

  /** The next worker's serial number: unique over all dispatchers, growing. */
  async nextWorkerSerial(): Promise<string> {
    return String(await this.#redis.incr(this.#keys.workerSerial()));
  }

  /** One after the other, so that Redis answers others in between. */
  async #claimOf(partitions: readonly number[], limits: { minIdleMs: number; count: number }): Promise<HandoffEntry[]> {
    const entries: HandoffEntry[] = [];
    try {
      await this.#intake.ready(partitions);
      for (const partition of partitions) {
        const from = { ...limits, consumer: this.#consumer, cursor: this.#cursors.get(partition) ?? "0-0" };
        const found = await claim(this.#redis, this.#keys, partition, from);
        this.#cursors.set(partition, found.cursor);
        entries.push(...(await this.#intake.accept([{ partition, entries: found.entries }])));
      }
    } catch (error) {
      if (entries.length === 0) throw error;
    }
    return entries;
  }

  /** The partitions, those together that are certain to be on one server. */
  #neighbours(): number[][] {
    const all = Array.from({ length: this.#keys.partitions }, (_, partition) => partition);
    return this.#redis instanceof Cluster ? all.map((partition) => [partition]) : [all];
  }

  #each<T>(work: (partition: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: this.#keys.partitions }, (_, partition) => work(partition)));
  }
}

function unlessGroupIsMissing(error: unknown): [number] {
  if (error instanceof Error && error.message.startsWith("NOGROUP")) return [0];
  throw error;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
