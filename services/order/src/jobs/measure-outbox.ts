import type { MessageKind } from "../domain/messages.ts";

export interface MeasureDeps {
  readonly outbox: { backlog(kind: MessageKind): Promise<{ rows: number; lagMs: number }> };
  readonly onBacklog: (kind: MessageKind, messages: number, lagMs: number) => void;
}

const KINDS: readonly MessageKind[] = ["SALES", "COUPON_RETURN"];

/** Tells of each kind of message how many are due and not delivered, and for how long the oldest of them has been. */
export async function measureOutbox({ outbox, onBacklog }: MeasureDeps): Promise<void> {
  for (const kind of KINDS) {
    const { rows, lagMs } = await outbox.backlog(kind);
    onBacklog(kind, rows, lagMs);
  }
}
