import type { Delivery } from "../domain/verdict.ts";

/**
 * How a session speaks to its worker; the handler puts it into messages. What says something returns false when the worker
 * does not read as fast as it is spoken to: then wait for {@link WorkerLine.room}.
 */
export interface WorkerLine {
  deliver(deliveries: readonly Delivery[]): boolean;
  confirm(batchIds: readonly string[]): boolean;
  heartbeat(): boolean;
  goAway(reason: GoAwayReason, graceMs: number): boolean;
  drained(): boolean;
  /** Resolves when there is room again, and also when the worker is gone. */
  room(): Promise<void>;
}

export type GoAwayReason = "MAX_STREAM_AGE" | "DRAINING";
