import { type Database, type OutboxBacklog, OutboxRepository, transact } from "@firstcome/database";
import type { MessageKind } from "../domain/messages.ts";
import type { ClaimedMessage, Outbox, Postponement } from "../relay/outbox.ts";
import { toMessage } from "./outbox-row.ts";

/** Messages as the database has them. */
export class MysqlOutbox implements Outbox {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async claim(spec: { kind: MessageKind; forMs: number; limit: number }): Promise<ClaimedMessage[]> {
    const rows = await transact(this.#db, (em) => new OutboxRepository(em).claim(spec));
    return rows.map((row) => ({ id: row.id, attempts: row.attempts, read: () => toMessage(spec.kind, row) }));
  }

  async settle(delivered: readonly string[], postponed: readonly Postponement[]): Promise<void> {
    await transact(this.#db, async (em) => {
      const outbox = new OutboxRepository(em);
      await outbox.remove(delivered);
      for (const { id, ...rest } of postponed) await outbox.postpone(id, rest);
    });
  }

  backlog(kind: MessageKind): Promise<OutboxBacklog> {
    return new OutboxRepository(this.#db.em()).backlog(kind);
  }
}
