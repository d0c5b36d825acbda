import type { Settlement } from "./handoff-source.ts";
import type { Items } from "./items.ts";
import type { FailureKind } from "./retry-policy.ts";

/** A batch given to a worker. */
export interface Delivery {
  readonly batchId: string;
  readonly workerId: string;
  readonly token: string;
  /** 1, then one more for each failure before. */
  readonly attempt: number;
  readonly couponId: string;
  readonly acceptedAt: number;
  readonly items: Items;
}

export interface Acknowledged {
  readonly settlement: Settlement;
  /** How many this Ack commits; 0 when another did. */
  readonly items: number;
  /** The batch is held here, and nothing has settled it before. */
  readonly first: boolean;
}

/** What came of an attempt that did not end with an Ack. */
export type Verdict = VerdictFacts &
  (
    | {
        readonly outcome: "retry";
        /** What the next dispatcher must know, were this one to die. */
        readonly failures: number;
      }
    | { readonly outcome: "settle"; readonly settlement: Settlement }
  );

interface VerdictFacts {
  readonly batchId: string;
  readonly workerId: string;
  /** "release": nothing failed. */
  readonly kind: FailureKind | "release";
  readonly committedItems: number;
  readonly deadItems: number;
}
