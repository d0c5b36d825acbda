import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

/** A message to another service, written in the transaction of what it tells of; removed when it is delivered. */
export const OutboxMessage = defineEntity({
  name: "OutboxMessage",
  tableName: "outbox",
  properties: {
    id: p.bigint("string").unsigned().primary().autoincrement(),
    kind: p.string().length(20),
    orderId: p.bigint("string").unsigned(),
    payload: p.text(),
    /** From when it was to be delivered. */
    dueAt: p.datetime(3),
    attempts: p.integer().unsigned(),
    /** Nobody tries before. */
    nextAttemptAt: p.datetime(3),
    lastError: p.string().length(500).nullable(),
  },
});
export type OutboxMessage = InferEntity<typeof OutboxMessage>;
