import type { NewOutboxRow, OutboxRow } from "@firstcome/database";
import type { Letter, Message, MessageKind } from "../domain/messages.ts";

/** A letter as a row of the outbox: what every message has in columns, the rest in the payload. */
export function toOutboxRow({ message, dueInMs }: Letter): NewOutboxRow {
  const { kind, orderId, ...payload } = message;
  return { kind, orderId, payload: JSON.stringify(payload), dueInMs };
}

/** @throws SyntaxError for a payload that is not JSON. Beyond that it is trusted: only {@link toOutboxRow} writes it. */
export function toMessage(kind: MessageKind, { orderId, payload }: OutboxRow): Message {
  return { ...JSON.parse(payload), kind, orderId } as Message;
}
