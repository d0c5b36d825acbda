import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { ReplicatedScripts } from "../replicated-scripts.ts";
import type { EntryRef } from "./entry.ts";
import { hold } from "./hold.ts";

const TIMEOUT_MS = 1_000;

/**
 * Sees to it that only what replicas have leaves Redis. The gate tells nobody a number before they have it; but the dispatcher
 * could read it before, and have its row written. Should the primary die then, the replica in its place would give the number
 * to another user.
 */
export class ReplicatedEntries {
  readonly #keys: Keys;
  readonly #consumer: string;
  readonly #scripts: ReplicatedScripts;
  /** Partitions whose last entries too few replicas had. */
  readonly #unconfirmed = new Set<number>();

  constructor(options: {
    readonly redis: RedisClient;
    readonly keys: Keys;
    readonly consumer: string;
    readonly waitReplicas: number;
  }) {
    const { redis, keys, consumer, waitReplicas: replicas } = options;
    this.#keys = keys;
    this.#consumer = consumer;
    this.#scripts = new ReplicatedScripts({ redis, replicas, timeoutMs: TIMEOUT_MS });
  }

  /**
   * Resolves when replicas have the entries, to the ids of those that are not this consumer's, or not there any more: whoever
   * read them may have read them from a server that has been replaced since.
   *
   * @throws when too few replicas have them in time
   */
  async confirm(partition: number, entries: readonly EntryRef[]): Promise<string[]> {
    const owner = { consumer: this.#consumer, idleMs: 0 };
    const refs = entries.map(({ entryId }) => ({ entryId }));
    const call = this.#scripts.once();
    this.#unconfirmed.add(partition);
    const lost = await hold(call, this.#keys, partition, owner, refs);
    call.requireReplicas();
    this.#unconfirmed.delete(partition);
    return lost;
  }

  /**
   * Resolves, at once as a rule, when nothing speaks against the next `confirm` of these partitions.
   *
   * @throws when too few replicas had the last entries and still have not
   */
  async recovered(partitions: readonly number[]): Promise<void> {
    if (this.#unconfirmed.size === 0) return;
    for (const partition of partitions) if (this.#unconfirmed.has(partition)) await this.confirm(partition, []);
  }

  close(): void {
    this.#scripts.close();
  }
}
