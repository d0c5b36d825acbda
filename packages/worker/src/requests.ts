import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { type AttachRequestSchema, Failure_Kind, type FailureSchema } from "@firstcome/contracts/dispatch";
import type { Capacity } from "./capacity.ts";
import type { ItemFailure } from "./outcome.ts";

export type Request = MessageInitShape<typeof AttachRequestSchema>;
type Failure = MessageInitShape<typeof FailureSchema>;

// The bounds of the contract. A message beyond them would end the stream, and with it all that is in hand.
const MAX_REASON_LENGTH = 500;
const MAX_FAILURES = 1_000;
const MAX_DELAY_MS = 3_600_000;
const MAX_EXTENSION_MS = 3_600_000;

export const HEARTBEAT: Request = { kind: { case: "heartbeat", value: {} } };
export const DRAIN: Request = { kind: { case: "drain", value: {} } };

export function register(name: string, capacity: Capacity): Request {
  return { kind: { case: "register", value: { name, capacity: toCredit(capacity) } } };
}

export function credit(capacity: Capacity): Request {
  return { kind: { case: "credit", value: toCredit(capacity) } };
}

/** @param batchIds 1–10 000 */
export function ack(batchIds: string[]): Request {
  return { kind: { case: "ack", value: { batchIds } } };
}

/** @param failures at least one */
export function nack(batchId: string, attemptToken: string, failures: readonly ItemFailure[]): Request {
  return { kind: { case: "nack", value: { batchId, attemptToken, failures: toFailures(failures) } } };
}

export function release(batchId: string, attemptToken: string): Request {
  return { kind: { case: "nack", value: { batchId, attemptToken, failures: [{ kind: Failure_Kind.RELEASED }] } } };
}

export function extend(batchId: string, attemptToken: string, byMs: number): Request {
  const by = durationFromMs(Math.min(byMs, MAX_EXTENSION_MS));
  return { kind: { case: "extend", value: { batchId, attemptToken, by } } };
}

function toCredit({ maxBatches, maxItems }: Capacity): { maxBatches: number; maxItems: number } {
  return { maxBatches, maxItems };
}

/** Items with the same fate and reason go together; where there are too many reasons, the last ones share one. */
function toFailures(failures: readonly ItemFailure[]): Failure[] {
  const groups = new Map<string, Failure & { userIds: string[] }>();
  for (const { kind, userIds, reason, delayMs } of failures) {
    const key = groups.size < MAX_FAILURES - 2 ? `${kind} ${delayMs} ${reason}` : kind;
    const group = groups.get(key);
    if (group) group.userIds.push(...userIds);
    else groups.set(key, toFailure(kind, [...userIds], reason, delayMs));
  }
  return [...groups.values()];
}

function toFailure(
  kind: ItemFailure["kind"],
  userIds: string[],
  reason: string,
  delayMs: number | undefined,
): Failure & { userIds: string[] } {
  const failure = {
    kind: kind === "fatal" ? Failure_Kind.FATAL : Failure_Kind.RETRIABLE,
    userIds,
    // A cut may split a pair of surrogates, which no protobuf string may hold.
    reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed(),
  };
  if (delayMs === undefined || kind === "fatal") return failure;
  return { ...failure, delay: durationFromMs(Math.min(Math.max(0, Math.ceil(delayMs)), MAX_DELAY_MS)) };
}
