import { brokenPromises, checkPromises, type Told } from "@firstcome/promise-check";
import { userIdOf } from "../../load/user-ids.ts";
import type { LoadDone } from "../../load/orders.ts";
import type { Faults } from "../../result.ts";
import type { Firstcome } from "./firstcome.ts";

/** A coupon after its run, held against its promises as `npm start` does. */
export interface HeldCoupon {
  readonly rows: number;
  readonly faults: Faults;
  /** In words. Empty: all kept. */
  readonly violations: readonly string[];
}

/**
 * Tells `onViolation` of what was broken at once: a part of the bench that fails later on takes nothing back.
 *
 * @param told each load that was put on the coupon, with the number of its first user
 */
export async function holdPromises(
  { database, state, onViolation }: Pick<Firstcome, "database" | "state" | "onViolation">,
  { couponId, quantity, told }: { couponId: string; quantity: number; told: readonly ToldUsers[] },
): Promise<HeldCoupon> {
  const everyoneTold = told.flatMap(numbersTold);
  const check = await checkPromises({ pool: database.pool, state, couponId, quantity, told: everyoneTold });
  const { rows, issuedLagMs: _, committingMs: __, ...broken } = check;
  const violations = brokenPromises(broken);
  // Users who never heard that they won of it (their connection failed) have rows too: more rows than told is no breach, fewer is.
  if (rows < everyoneTold.length) violations.push(`${rows} rows for ${everyoneTold.length} users told a number`);
  const faults = { lost: broken.lost, duplicated: broken.duplicates, overIssued: broken.overIssued };
  const named = violations.map((violation) => `coupon ${couponId}: ${violation}`);
  for (const violation of named) onViolation(violation);
  return { rows, faults, violations: named };
}

export interface ToldUsers {
  readonly first: number;
  readonly done: Pick<LoadDone, "issueNos">;
}

function numbersTold({ first, done: { issueNos } }: ToldUsers): Told[] {
  const told: Told[] = [];
  for (const [i, issueNo] of issueNos.entries()) {
    if (issueNo > 0) told.push({ userId: userIdOf(first + i), issueNo });
  }
  return told;
}
