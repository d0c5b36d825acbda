import { duplicateForBlocking } from "../connect.ts";
import type { RedisClient } from "../connect.ts";
import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import type { HandoffEntry, RawEntry } from "./entry.ts";
import type { Intake } from "./intake.ts";

/** Partitions that one connection of their own reads together. A read may block without holding up anything else. */
export class HandoffLane {
  readonly partitions: readonly number[];
  readonly #connection: RedisClient;
  readonly #streams: readonly string[];
  readonly #consumer: string;
  readonly #intake: Pick<Intake, "ready" | "accept">;
  #closed = false;

  constructor(options: {
    readonly redis: RedisClient;
    readonly keys: Keys;
    readonly consumer: string;
    readonly partitions: readonly number[];
    readonly intake: Pick<Intake, "ready" | "accept">;
  }) {
    const { redis, keys, consumer, partitions, intake } = options;
    this.partitions = partitions;
    this.#connection = duplicateForBlocking(redis);
    this.#streams = partitions.map((partition) => keys.handoff(partition));
    this.#consumer = consumer;
    this.#intake = intake;
  }

  /**
   * Waits up to `blockMs` for new entries, and returns at most `countPerPartition` of each partition; they belong to this
   * consumer from then on. Empty: none came, or the lane was closed.
   *
   * @throws whatever Redis or the connection says (`NOGROUP` when it came back empty), and when replicas have nothing of what
   *   was read. Entries whose answer was lost are pending and come back through `claim`
   */
  async read({ countPerPartition, blockMs }: { countPerPartition: number; blockMs: number }): Promise<HandoffEntry[]> {
    if (this.#closed) return [];
    let answer: [stream: string, entries: RawEntry[]][] | null;
    try {
      await this.#intake.ready(this.partitions);
      answer = (await this.#connection.xreadgroup(
        ...(["GROUP", HANDOFF_GROUP, this.#consumer, "COUNT", countPerPartition, "BLOCK", blockMs, "STREAMS"] as const),
        ...this.#streams,
        ...this.#streams.map(() => ">"),
      )) as typeof answer;
    } catch (error) {
      if (this.#closed) return [];
      throw error;
    }
    const taken = (answer ?? []).map(([stream, raw]) => ({
      partition: this.partitions[this.#streams.indexOf(stream)] as number,
      entries: raw.map((entry) => ({ raw: entry, failures: 0 })),
    }));
    return await this.#intake.accept(taken);
  }

  /** Ends a read that is waiting, and the connection. */
  close(): void {
    this.#closed = true;
    this.#connection.disconnect();
  }
}
