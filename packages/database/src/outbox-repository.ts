import { LockMode, type RawQueryFragment, sql } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { databaseTime } from "./database-clock.ts";
import { OutboxMessage } from "./entities/outbox-message.ts";

/** What the transaction that writes a message says of it. */
export interface NewOutboxRow {
  /** Whom it is for; at most 20 ASCII characters. */
  kind: string;
  orderId: string;
  payload: string;
  /** How long from now it is to be delivered, in ms. */
  dueInMs: number;
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
  /** Messages that are due; no more than {@link MOST_COUNTED} are counted. */
  rows: number;
  /** For how long the oldest of them has been, in ms; 0 when there is none. */
  lagMs: number;
}

/** Beyond that a backlog is long, however long it is; counting it to its end would cost most when there is least to spare. */
const MOST_COUNTED = 10_000;

/**
 * The table `outbox`, within one unit of work: messages to other services, written together with what they tell of.
 *
 * All times are by the clock of the database, within the statements themselves: one host writes what another reads, and their own
 * clocks may be minutes apart.
 */
export class OutboxRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async append(rows: readonly NewOutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#em.insertMany(
      OutboxMessage,
      rows.map(({ dueInMs, ...row }) => ({
        ...row,
        dueAt: databaseTime(dueInMs),
        attempts: 0,
        nextAttemptAt: databaseTime(dueInMs),
      })),
    );
  }

  /**
   * Takes messages of a kind that are due, within a transaction. Nobody else is given them for `forMs`; should whoever took
   * them be gone by then, they are delivered again. Several relays at once take different ones.
   */
  async claim({ kind, forMs, limit }: ClaimSpec): Promise<OutboxRow[]> {
    const messages = await this.#em.find(
      OutboxMessage,
      { kind, nextAttemptAt: { $lte: databaseTime() } },
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
      { attempts: sql<RawQueryFragment>`attempts + 1`, nextAttemptAt: databaseTime(forMs) },
    );
    return messages.map(({ id, orderId, payload, attempts }) => ({ id, orderId, payload, attempts: attempts + 1 }));
  }

  /** Removes what was delivered. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#em.nativeDelete(OutboxMessage, { id: { $in: [...ids] } });
  }

  /** Puts a delivery that failed off for so many ms. */
  async postpone(id: string, { forMs, error }: { forMs: number; error: string }): Promise<void> {
    const lastError = error.slice(0, MAX_ERROR_LENGTH);
    await this.#em.nativeUpdate(OutboxMessage, { id }, { nextAttemptAt: databaseTime(forMs), lastError });
  }

  /** What is due of a kind and not delivered. Reads entries of an index only, and no more of them than it counts. */
  async backlog(kind: string): Promise<OutboxBacklog> {
    const [found] = await this.#em.execute<{ due: number | string; lag: number | string | null }[]>(BACKLOG, [kind]);
    return { rows: Number(found?.due ?? 0), lagMs: Number(found?.lag ?? 0) };
  }
}

export interface ClaimSpec {
  kind: string;
  /** How long they belong to whoever takes them, in ms. */
  forMs: number;
  limit: number;
}

/** In the order of the index: the oldest of the kind comes first. */
const BACKLOG = `
  SELECT COUNT(*) AS due, TIMESTAMPDIFF(MICROSECOND, MIN(due_at), UTC_TIMESTAMP(3)) DIV 1000 AS lag
  FROM (
    SELECT due_at FROM outbox FORCE INDEX (outbox_due)
    WHERE kind = ? AND due_at <= UTC_TIMESTAMP(3) ORDER BY due_at LIMIT ${MOST_COUNTED}
  ) AS counted`;

/** Of the column. */
const MAX_ERROR_LENGTH = 500;
