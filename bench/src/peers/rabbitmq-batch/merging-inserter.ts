import { setTimeout as pause } from "node:timers/promises";
import { type IssueRow, issueRows } from "@firstcome/database";
import type { Channel, ConsumeMessage } from "amqplib";
import type { Pool } from "mysql2/promise";
import { rowsOf } from "./issue-batch.ts";

/** As the issuer's: one large INSERT costs MySQL less than two at once. */
export const INSERTS_AT_ONCE = 1;
/** Of one INSERT, unless a single message has more: as the issuer's. */
const MAX_ROWS = 4_000;
const RETRY_MS = 100;

export interface MergingInserterOptions {
  readonly channel: Pick<Channel, "ack" | "nack">;
  readonly pool: Pool;
  readonly couponId: string;
}

/** Writes all messages that are there by one INSERT and acks them when it is committed; the next ones gather meanwhile. */
export class MergingInserter {
  readonly #options: MergingInserterOptions;
  readonly #waiting: Delivery[] = [];
  readonly #inserting = new Set<Promise<void>>();

  constructor(options: MergingInserterOptions) {
    this.#options = options;
  }

  add(message: ConsumeMessage): void {
    this.#waiting.push({ message, rows: rowsOf(this.#options.couponId, message.content.toString()) });
    // Messages that arrive in one packet are added in one turn, and belong to one INSERT.
    if (this.#waiting.length === 1) setImmediate(() => this.#insertMore());
  }

  /** Resolves when nothing is under way or waiting any more. */
  async idle(): Promise<void> {
    this.#insertMore();
    while (this.#inserting.size > 0) await Promise.all(this.#inserting);
  }

  #insertMore(): void {
    while (this.#waiting.length > 0 && this.#inserting.size < INSERTS_AT_ONCE) {
      const insert = this.#insert(this.#take()).finally(() => {
        this.#inserting.delete(insert);
        this.#insertMore();
      });
      this.#inserting.add(insert);
    }
  }

  #take(): Delivery[] {
    let total = 0;
    const end = this.#waiting.findIndex(({ rows }) => (total += rows.length) > MAX_ROWS);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1));
  }

  async #insert(deliveries: readonly Delivery[]): Promise<void> {
    const { channel, pool } = this.#options;
    try {
      await issueRows(
        pool,
        deliveries.flatMap(({ rows }) => rows),
      );
      for (const { message } of deliveries) channel.ack(message);
    } catch (error) {
      console.error(error);
      await pause(RETRY_MS);
      for (const { message } of deliveries) channel.nack(message);
    }
  }
}

interface Delivery {
  readonly message: ConsumeMessage;
  readonly rows: readonly IssueRow[];
}
