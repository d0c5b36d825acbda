import type { Message, MessageKind } from "../domain/messages.ts";

/** Where messages wait for their delivery. It has a clock of its own, which all relays go by. */
export interface Outbox {
  /** Takes messages that are due. They are handed out again after `forMs`, should this relay not settle them. */
  claim(spec: { kind: MessageKind; forMs: number; limit: number }): Promise<ClaimedMessage[]>;
  /** Removes what was delivered and puts off what was not, both or neither. */
  settle(delivered: readonly string[], postponed: readonly Postponement[]): Promise<void>;
}

export interface ClaimedMessage {
  id: string;
  /** This one included. */
  attempts: number;
  /** @throws Error for what is not a message */
  read(): Message;
}

export interface Postponement {
  id: string;
  /** Nobody tries again for so many ms. */
  forMs: number;
  error: string;
}
