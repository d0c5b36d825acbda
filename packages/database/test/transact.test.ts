import { describe, expect, it } from "vitest";
import { CouponRepository, transact } from "../src/index.ts";
import { aCoupon } from "./a-coupon.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();

describe("transact", () => {
  it("takes everything back when the work throws", async () => {
    const before = await new CouponRepository(db.em()).highestId();

    await expect(
      transact(db, async (em) => {
        await new CouponRepository(em).insert(aCoupon());
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");

    expect(await new CouponRepository(db.em()).highestId()).toBe(before);
  });

  it("runs the loser of a deadlock again", async () => {
    const coupons = new CouponRepository(db.em());
    const [a, b] = [await coupons.insert(aCoupon()), await coupons.insert(aCoupon())];
    const bothHoldOne = barrier(2);
    let runs = 0;
    const cross = (first: string, second: string): Promise<void> =>
      transact(db, async (em) => {
        runs += 1;
        const locked = new CouponRepository(em);
        await locked.lock(first);
        await bothHoldOne();
        await locked.lock(second);
      });

    await Promise.all([cross(a.id, b.id), cross(b.id, a.id)]);

    expect(runs).toBeGreaterThan(2);
  });
});

/** Resolves for the first `size` callers once all of them are there, and for later ones at once. */
function barrier(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === size) resolve();
    return promise;
  };
}
