import type { Batch } from "@firstcome/contracts/dispatch";
import type { Session } from "./session.ts";

/** The side of the worker that a session speaks to. */
export interface SessionHost {
  registered(session: Session): void;
  delivered(session: Session, batches: readonly Batch[]): void;
  confirmed(batchIds: readonly string[]): void;
  /** Regularly, several times in each delivery deadline: what needs more time, what needs saying again. */
  upkeep(session: Session): void;
  /** The session takes no more work; said again when its stream has ended. */
  left(session: Session): void;
}

/** A worker as one dispatcher knows it. */
export interface Attachment {
  /** As configured. */
  readonly address: string;
  readonly dispatcherId: string;
  /** Unique for this stream. */
  readonly workerId: string;
  /** 일련번호: unique among all workers of all dispatchers. */
  readonly serialNo: string;
}
