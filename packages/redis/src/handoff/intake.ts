import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { fieldsOf, parseEntry } from "./entry.ts";
import type { HandoffEntry, RawEntry } from "./entry.ts";
import { holdEntries } from "./hold-entries.ts";
import { ReplicatedEntries } from "./replicated-entries.ts";
import { settle } from "./settle.ts";
import type { Settlement, UnreadableItems } from "./settle.ts";

/** What a consumer has just read or claimed of one partition. */
export interface Taken {
  readonly partition: number;
  readonly entries: readonly { readonly raw: RawEntry; readonly failures: number }[];
}

/** Decides what of that may be handed out, and sees to the rest. */
export class Intake {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #consumer: string;
  readonly #replicated: ReplicatedEntries | undefined;

  /** @param options.waitReplicas how many replicas must have an entry before it is handed out */
  constructor(options: {
    readonly redis: RedisClient;
    readonly keys: Keys;
    readonly consumer: string;
    readonly waitReplicas: number;
  }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#consumer = options.consumer;
    if (options.waitReplicas > 0) this.#replicated = new ReplicatedEntries(options);
  }

  /**
   * To be awaited before more is taken of these partitions: what would be taken while replicas are away could only be given back.
   *
   * @throws while replicas that did not have the last entries still do not
   */
  async ready(partitions: readonly number[]): Promise<void> {
    await this.#replicated?.recovered(partitions);
  }

  /**
   * What may be handed out of what was taken from one server.
   *
   * @throws when nothing may, since Redis does not answer or replicas do not have it. All that is not returned is given back
   */
  async accept(taken: readonly Taken[]): Promise<HandoffEntry[]> {
    const accepted: HandoffEntry[] = [];
    for (const [index, one] of taken.entries()) {
      try {
        accepted.push(...(await this.#acceptOne(one)));
      } catch (error) {
        // What one partition of a server has to wait for, the others would wait for as well, one after the other.
        await this.#giveBack(taken.slice(index));
        if (accepted.length === 0) throw error;
        break;
      }
    }
    return accepted;
  }

  close(): void {
    this.#replicated?.close();
  }

  /** What was not written by the gate cannot be handed to anyone: it becomes a dead letter, and holds up nothing. */
  async #acceptOne({ partition, entries }: Taken): Promise<HandoffEntry[]> {
    const wellFormed: HandoffEntry[] = [];
    const malformed: Settlement[] = [];
    for (const { raw, failures } of entries) {
      const entry = parseEntry(partition, raw, failures);
      if (entry) wellFormed.push(entry);
      else malformed.push({ entryId: raw[0], dead: [unreadable(raw, failures + 1)] });
    }
    if (malformed.length > 0) await settle(this.#redis, this.#keys, partition, malformed);
    if (!this.#replicated || wellFormed.length === 0) return wellFormed;
    const lost = new Set(await this.#replicated.confirm(partition, wellFormed));
    return wellFormed.filter(({ entryId }) => !lost.has(entryId));
  }

  /** Where that fails too they come back when they have been left alone for long enough. */
  async #giveBack(taken: readonly Taken[]): Promise<void> {
    const refs = taken.flatMap(({ partition, entries }) => entries.map(({ raw }) => ({ partition, entryId: raw[0] })));
    await holdEntries(this.#redis, this.#keys, { consumer: this.#consumer, idleMs: RELEASED_IDLE_MS }, refs);
  }
}

/** What is given back has been idle for a day: longer than anybody waits before claiming. */
export const RELEASED_IDLE_MS = 86_400_000;

function unreadable([, fields]: RawEntry, attempts: number): UnreadableItems {
  const { u = "", n = "" } = fieldsOf(fields);
  return { unread: { users: u, numbers: n }, reason: "MALFORMED_ENTRY", attempts };
}
