import { LockMode, type RawQueryFragment, sql } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { fromDatetime } from "./datetime.ts";
import { OutboxMessage } from "./entities/outbox-message.ts";

/** What the transaction that writes a message says of it. */
export interface NewOutboxRow {
  /** Whom it is for; at most 20 ASCII characters. */
  kind: string;
  orderId: string;
  payload: string;
  /** From when it is to be delivered, in epoch ms. */
  dueAt: number;
}

/** A message that one relay has in its hands. */
export interface OutboxRow {
  id: string;
  orderId: string;
  payload: string;
  /** This one included. */
  attempts: number;
}

/** How far the deliveries of a kind are behind. */
export interface OutboxBacklog {
  kind: string;
  /** Messages that are due. */
  rows: number;
  /** When the oldest of them became due, in epoch ms. */
  oldestDueAt: number;
}

/** The table `outbox`, within one unit of work: messages to other services, written together with what they tell of. */
export class OutboxRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async append(rows: readonly NewOutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#em.insertMany(
      OutboxMessage,
      rows.map(({ dueAt, ...row }) => ({
        ...row,
        dueAt: new Date(dueAt),
        attempts: 0,
        nextAttemptAt: new Date(dueAt),
      })),
    );
  }

  /**
   * Takes messages of a kind that are due at `now`, within a transaction. Nobody else is given them before `until`; should
   * whoever took them be gone by then, they are delivered again. Several relays at once take different ones.
   */
  async claim({ kind, now, until, limit }: ClaimSpec): Promise<OutboxRow[]> {
    const messages = await this.#em.find(
      OutboxMessage,
      { kind, nextAttemptAt: { $lte: new Date(now) } },
      {
        orderBy: { nextAttemptAt: "asc" },
        limit,
        // Read in the order of the index, no more rows are locked than are taken.
        indexHint: "FORCE INDEX (outbox_next)",
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
      },
    );
    if (messages.length === 0) return [];
    await this.#em.nativeUpdate(
      OutboxMessage,
      { id: { $in: messages.map(({ id }) => id) } },
      { attempts: sql<RawQueryFragment>`attempts + 1`, nextAttemptAt: new Date(until) },
    );
    return messages.map(({ id, orderId, payload, attempts }) => ({ id, orderId, payload, attempts: attempts + 1 }));
  }

  /** Removes what was delivered. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#em.nativeDelete(OutboxMessage, { id: { $in: [...ids] } });
  }

  /** Puts a delivery that failed off until `nextAttemptAt` (epoch ms). */
  async postpone(id: string, { nextAttemptAt, error }: { nextAttemptAt: number; error: string }): Promise<void> {
    const lastError = error.slice(0, MAX_ERROR_LENGTH);
    await this.#em.nativeUpdate(OutboxMessage, { id }, { nextAttemptAt: new Date(nextAttemptAt), lastError });
  }

  /** What is due at `now` (epoch ms) and not delivered, by kind; nothing of a kind that is all delivered. */
  async backlog(now: number): Promise<OutboxBacklog[]> {
    const rows = await this.#em.execute<{ kind: string; due: string; oldest: string }[]>(
      "SELECT kind, COUNT(*) AS due, MIN(due_at) AS oldest FROM outbox WHERE due_at <= ? GROUP BY kind",
      [new Date(now)],
    );
    return rows.map(({ kind, due, oldest }) => ({ kind, rows: Number(due), oldestDueAt: fromDatetime(oldest) }));
  }
}

export interface ClaimSpec {
  kind: string;
  /** Epoch ms. */
  now: number;
  /** Epoch ms. */
  until: number;
  limit: number;
}

/** Of the column. */
const MAX_ERROR_LENGTH = 500;
