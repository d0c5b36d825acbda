import { brokenPromises, checkPromises, type Told } from "@firstcome/promise-check";
import { userIdOf } from "../../load/user-ids.ts";
import type { LoadDone } from "../../load/orders.ts";
import type { Faults } from "../../result.ts";
import type { Firstcome } from "./firstcome.ts";

/** Hears of every coupon that is held against its promises, at once: a part of the bench that fails later on takes nothing back. */
export interface PromiseListener {
  readonly onHeld: () => void;
  /** Of each promise that was broken, in words. */
  readonly onViolation: (violation: string) => void;
}

/** A coupon after its run, held against its promises as `npm start` does. */
export interface HeldCoupon {
  readonly rows: number;
  readonly faults: Faults;
  /** In words. Empty: all kept. */
  readonly violations: readonly string[];
}

/** @param told each answer with a number that a user of the coupon got */
export async function holdPromises(
  { database, state, listener }: Pick<Firstcome, "database" | "state" | "listener">,
  { couponId, quantity, told }: { couponId: string; quantity: number; told: readonly Told[] },
): Promise<HeldCoupon> {
  const check = await checkPromises({ pool: database.pool, state, couponId, quantity, told });
  const { rows, issuedLagMs: _, committingMs: __, ...broken } = check;
  const violations = brokenPromises(broken);
  // Users who never heard that they won of it (their connection failed) have rows too: more rows than told is no breach, fewer is.
  if (rows < told.length) violations.push(`${rows} rows for ${told.length} users told a number`);
  const faults = { lost: broken.lost, duplicated: broken.duplicates, overIssued: broken.overIssued };
  const named = violations.map((violation) => `coupon ${couponId}: ${violation}`);
  listener.onHeld();
  for (const violation of named) listener.onViolation(violation);
  return { rows, faults, violations: named };
}

/** What the users `first`, `first + 1`, … of a load were told. */
export function numbersTold(first: number, { issueNos }: Pick<LoadDone, "issueNos">): Told[] {
  const told: Told[] = [];
  for (const [i, issueNo] of issueNos.entries()) {
    if (issueNo > 0) told.push({ userId: userIdOf(first + i), issueNo });
  }
  return told;
}
