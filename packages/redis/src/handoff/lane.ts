import { duplicateForBlocking } from "../connect.ts";
import type { RedisClient } from "../connect.ts";
import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import type { HandoffEntry, RawEntry } from "./entry.ts";

/** What a lane makes of the entries it reads. */
export type ReadEntries = (partition: number, raw: readonly RawEntry[]) => Promise<HandoffEntry[]>;

/** Partitions that one connection of their own reads together. A read may block without holding up anything else. */
export class HandoffLane {
  readonly partitions: readonly number[];
  readonly #connection: RedisClient;
  readonly #streams: readonly string[];
  readonly #consumer: string;
  readonly #entriesOf: ReadEntries;
  #closed = false;

  constructor(redis: RedisClient, keys: Keys, consumer: string, partitions: readonly number[], entriesOf: ReadEntries) {
    this.partitions = partitions;
    this.#connection = duplicateForBlocking(redis);
    this.#streams = partitions.map((partition) => keys.handoff(partition));
    this.#consumer = consumer;
    this.#entriesOf = entriesOf;
  }

  /**
   * Waits up to `blockMs` for new entries, and returns at most `countPerPartition` of each partition; they belong to this
   * consumer from then on. Empty: none came, or the lane was closed.
   *
   * @throws whatever Redis or the connection says (`NOGROUP` when it came back empty). Entries whose answer was lost are
   *   pending and come back through `claim`
   */
  async read({ countPerPartition, blockMs }: { countPerPartition: number; blockMs: number }): Promise<HandoffEntry[]> {
    if (this.#closed) return [];
    let answer: [stream: string, entries: RawEntry[]][] | null;
    try {
      answer = (await this.#connection.xreadgroup(
        ...(["GROUP", HANDOFF_GROUP, this.#consumer, "COUNT", countPerPartition, "BLOCK", blockMs, "STREAMS"] as const),
        ...this.#streams,
        ...this.#streams.map(() => ">"),
      )) as typeof answer;
    } catch (error) {
      if (this.#closed) return [];
      throw error;
    }
    const entries: HandoffEntry[] = [];
    for (const [stream, raw] of answer ?? []) {
      const partition = this.partitions[this.#streams.indexOf(stream)] as number;
      entries.push(...(await this.#entriesOf(partition, raw)));
    }
    return entries;
  }

  /** Ends a read that is waiting, and the connection. */
  close(): void {
    this.#closed = true;
    this.#connection.disconnect();
  }
}
