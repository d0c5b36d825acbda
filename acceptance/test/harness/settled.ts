import { checkPromises } from "@firstcome/promise-check";
import type { Told, Violations } from "@firstcome/promise-check";
import { eventually } from "@firstcome/testkit";
import { expect } from "vitest";
import type { Shop } from "./shop.ts";

export const KEPT: Violations = {
  overIssued: 0,
  lost: 0,
  duplicates: 0,
  numberGaps: 0,
  outOfOrder: 0,
  numberMismatches: 0,
};

/** Waits until nothing is on its way any more, then expects every promise kept and `rows` rows in all. */
export async function expectPromisesKept(
  shop: Shop,
  coupon: {
    readonly couponId: string;
    readonly quantity: number;
    readonly told: readonly Told[];
    readonly rows: number;
  },
): Promise<void> {
  await expectNothingOnItsWay(shop);
  const {
    issuedLagMs: _lag,
    committingMs: _committing,
    ...check
  } = await checkPromises({
    pool: shop.database.pool,
    state: shop.state,
    ...coupon,
  });
  expect(check).toEqual({ ...KEPT, rows: coupon.rows });
}

/** The hand-off streams run empty, and nothing was given up on. */
export async function expectNothingOnItsWay(shop: Shop): Promise<void> {
  await eventually(async () => expect(await shop.handoff.stats()).toMatchObject({ backlog: 0, pending: 0 }));
  expect(await shop.handoff.stats()).toMatchObject({ deadLetters: 0 });
}
