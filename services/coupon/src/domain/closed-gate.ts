import type { Loss } from "./issue-coupon.ts";

/** What the gate decides by. Times are epoch ms by its own clock. */
export interface GateTerms {
  readonly status: "PUBLISHABLE" | "PAUSED" | "FINISHED";
  readonly quantity: number;
  readonly opensAt: number;
  /** Undefined: open until finished. */
  readonly closesAt: number | undefined;
  /** The number that the next winner gets. */
  readonly nextNo: number;
}

/**
 * What the gate tells everybody who has not won, when it stands like this; undefined: it is open. The same rule as in the
 * gate's script, which has the last word: a property test holds the two against each other.
 *
 * @param now by the clock of the gate
 */
export function lossOf({ status, quantity, opensAt, closesAt, nextNo }: GateTerms, now: number): Loss | undefined {
  if (status === "FINISHED" || (closesAt !== undefined && now >= closesAt)) return FINISHED;
  if (now < opensAt) return { outcome: "NOT_OPEN", opensAt };
  if (status === "PAUSED") return PAUSED;
  return nextNo > quantity ? SOLD_OUT : undefined;
}

const SOLD_OUT = { outcome: "SOLD_OUT" } as const;
const PAUSED = { outcome: "PAUSED" } as const;
const FINISHED = { outcome: "FINISHED" } as const;
