import type { MessageKind } from "../domain/messages.ts";

export interface MeasureDeps {
  readonly outbox: { backlog(now: number): Promise<{ kind: string; rows: number; oldestDueAt: number }[]> };
  readonly onBacklog: (kind: MessageKind, messages: number, lagMs: number) => void;
}

const KINDS: readonly MessageKind[] = ["SALES", "COUPON_RETURN"];

/** Tells of each kind of message how many are due and not delivered, and for how long the oldest of them has been. */
export async function measureOutbox({ outbox, onBacklog }: MeasureDeps, now: number): Promise<void> {
  const backlogs = await outbox.backlog(now);
  for (const kind of KINDS) {
    const backlog = backlogs.find((entry) => entry.kind === kind);
    onBacklog(kind, backlog?.rows ?? 0, backlog ? now - backlog.oldestDueAt : 0);
  }
}
