import { fullJitterBackoff, type Logger } from "@firstcome/runtime";
import { UnavailableError } from "../domain/faults.ts";
import type { Message, MessageKind } from "../domain/messages.ts";
import type { ClaimedMessage, Outbox, Postponement } from "./outbox.ts";

export interface DeliverDeps {
  readonly kind: MessageKind;
  readonly outbox: Outbox;
  /** @throws UnavailableError when the receiver is away; any other error when it will not take this message */
  readonly deliver: (message: Message) => Promise<void>;
  /** How long a message stays with a relay that may have died, in ms: longer than any delivery takes (config.ts). */
  readonly claimMs: number;
  readonly log: Logger;
  readonly observer: RelayObserver;
}

export interface RelayObserver {
  delivered(kind: MessageKind, messages: number): void;
  failed(kind: MessageKind, why: Failure["why"]): void;
}

export interface Failure {
  /** AWAY: nothing is wrong with the message. REFUSED: the receiver, or reading it, says that there is. */
  why: "AWAY" | "REFUSED";
  error: unknown;
}

/** What became of the messages that one pass took. */
export interface Pass {
  claimed: number;
  /** An error for each that was not delivered because the receiver is away. */
  away: readonly unknown[];
}

/**
 * Delivers what is due, at most `limit` messages, all at once.
 *
 * A message is removed after its delivery and never before, so a relay that dies at any point leaves it to be delivered
 * again: at least once, and receivers count once. One that fails waits longer each time and holds up no other.
 */
export async function deliverDue(deps: DeliverDeps, limit: number): Promise<Pass> {
  const { kind, outbox, claimMs, observer } = deps;
  const messages = await outbox.claim({ kind, forMs: claimMs, limit });
  if (messages.length === 0) return { claimed: 0, away: [] };

  const delivered: string[] = [];
  const postponed: Postponement[] = [];
  const away: unknown[] = [];
  await Promise.all(
    messages.map(async (message) => {
      const failure = await attempt(deps, message);
      if (!failure) {
        delivered.push(message.id);
        return;
      }
      if (failure.why === "AWAY") away.push(failure.error);
      observer.failed(kind, failure.why);
      postponed.push(postpone(message, failure));
    }),
  );
  await outbox.settle(delivered, postponed);
  observer.delivered(kind, delivered.length);
  return { claimed: messages.length, away };
}

async function attempt({ deliver, kind, log }: DeliverDeps, message: ClaimedMessage): Promise<Failure | undefined> {
  try {
    await deliver(message.read());
    return undefined;
  } catch (error) {
    const why = error instanceof UnavailableError ? "AWAY" : "REFUSED";
    const facts = { err: error, kind, messageId: message.id, attempts: message.attempts };
    if (why === "AWAY") log.debug(facts, "a message could not be delivered yet");
    else log.error(facts, "a message is refused by its receiver; somebody must look at it");
    return { why, error };
  }
}

function postpone({ id, attempts }: ClaimedMessage, { why, error }: Failure): Postponement {
  const forMs = BACKOFF[why](attempts - 1);
  return { id, forMs, error: error instanceof Error ? error.message : String(error) };
}

/** A refused message is not going to be taken in the next moment: it waits for a person, or for the next release. */
const REFUSED_REST_MS = 5_000;
const refusedBackoff = fullJitterBackoff({ baseMs: 5_000, maxMs: 3_600_000 });

const BACKOFF = {
  AWAY: fullJitterBackoff({ baseMs: 500, maxMs: 30_000 }),
  REFUSED: (failures: number) => REFUSED_REST_MS + refusedBackoff(failures),
};
