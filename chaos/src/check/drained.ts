import { setTimeout as sleep } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import type { Witnesses } from "./witnesses.ts";

/** What is still on its way. */
export interface OnItsWay {
  /** Batches in the hand-off streams. */
  readonly batches: number;
  /** Messages of the outbox that are due. */
  readonly messages: number;
}

const POLL_MS = 100;

/**
 * Waits until nothing is on its way any more, at most so long.
 *
 * @returns what is left
 */
export async function drain(witnesses: Witnesses, timeoutMs: number): Promise<OnItsWay> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = await onItsWay(witnesses);
    if ((left.batches === 0 && left.messages === 0) || Date.now() >= deadline) return left;
    await sleep(POLL_MS);
  }
}

async function onItsWay({ handoff, pool }: Witnesses): Promise<OnItsWay> {
  const [{ backlog }, [[due]]] = await Promise.all([
    handoff.stats(),
    // A second return of a cancelled order's coupon is due minutes later, for safety; all else is due at once.
    pool.query<(RowDataPacket & { messages: string })[]>(
      "SELECT COUNT(*) AS messages FROM outbox WHERE kind = 'SALES' OR due_at <= UTC_TIMESTAMP(3)",
    ),
  ]);
  return { batches: backlog, messages: Number(due?.messages ?? 0) };
}
