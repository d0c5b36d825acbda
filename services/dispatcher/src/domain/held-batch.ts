import type { DeadItems, HandoffBatch } from "./handoff-source.ts";
import type { Items } from "./items.ts";

/** A batch that this dispatcher has read or claimed and that is not settled yet. */
export interface HeldBatch {
  readonly id: string;
  readonly couponId: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
  /** What is still to be committed. Only ever shrinks, so an attempt's items include those of every later one. */
  items: Items;
  /** Written when the batch is settled; until then a crash forgets them, and they are tried again. */
  dead: readonly DeadItems[];
  phase: Phase;
}

export type Phase =
  /** Waits for a worker with credit. */
  | { readonly at: "ready"; readonly since: number }
  /** Waits for its next attempt. */
  | { readonly at: "backing-off" }
  | { readonly at: "out"; readonly attempt: Attempt }
  /** Being given back to the hand-off. */
  | { readonly at: "releasing" }
  /** Done, and being taken off the hand-off. */
  | { readonly at: "settling" };

export interface Attempt {
  readonly token: string;
  readonly workerId: string;
  /** By the clock of the dispatch. */
  readonly deadline: number;
}

export function holdBatch(batch: HandoffBatch, now: number): HeldBatch {
  const { id, couponId, acceptedAt, userIds, issueNos } = batch;
  const failures = Array<number>(userIds.length).fill(batch.failures);
  return {
    id,
    couponId,
    acceptedAt,
    items: { userIds, issueNos, failures },
    dead: [],
    phase: { at: "ready", since: now },
  };
}
