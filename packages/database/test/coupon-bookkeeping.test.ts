import { describe, expect, it } from "vitest";
import { CouponBookkeeping, CouponRepository, transact } from "../src/index.ts";
import { aCoupon } from "./a-coupon.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const bookkeeping = new CouponBookkeeping(db.pool);

async function newCoupon(): Promise<string> {
  return (await new CouponRepository(db.em()).insert(aCoupon())).id;
}

async function finish(id: string): Promise<void> {
  await transact(db, async (em) => {
    const repository = new CouponRepository(em);
    const row = await repository.lock(id);
    if (row) await repository.update(row, { status: "FINISHED" });
  });
}

describe("CouponBookkeeping", () => {
  it("shows every coupon once, in pages", async () => {
    const ids = [await newCoupon(), await newCoupon(), await newCoupon()];
    await finish(ids[1] ?? "");
    await bookkeeping.complete(ids[1] ?? "", { no: 7, rows: 6 }, 1_000);

    const pages = await Array.fromAsync(bookkeeping.standings(2));

    expect(pages.every((page) => page.length <= 2)).toBe(true);
    const found = pages.flat().filter(({ id }) => ids.includes(id));
    expect(found).toEqual([
      { id: ids[0], finished: false, version: 1, completed: undefined },
      { id: ids[1], finished: true, version: 2, completed: { no: 7, rows: 6 } },
      { id: ids[2], finished: false, version: 1, completed: undefined },
    ]);
  });

  it("completes a finished coupon, once", async () => {
    const [open, done] = [await newCoupon(), await newCoupon()];
    await finish(done);

    for (const id of [open, done]) await bookkeeping.complete(id, { no: 5, rows: 5 }, 5_000);
    await bookkeeping.complete(done, { no: 6, rows: 6 }, 6_000);

    const completedBy = async (by: number) => (await Array.fromAsync(bookkeeping.completedBy(by, 1))).flat();
    expect(await completedBy(5_000)).toContain(done);
    expect(await completedBy(5_000)).not.toContain(open);
    expect(await completedBy(4_999)).not.toContain(done);
  });

  it("takes back that a coupon is complete", async () => {
    const id = await newCoupon();
    await finish(id);
    await bookkeeping.complete(id, { no: 5, rows: 5 }, 5_000);

    await bookkeeping.reopen(id);

    expect((await Array.fromAsync(bookkeeping.completedBy(5_000))).flat()).not.toContain(id);
    const standing = (await Array.fromAsync(bookkeeping.standings())).flat().find((one) => one.id === id);
    expect(standing).toMatchObject({ finished: true, completed: undefined });
  });

  it("tells whether a coupon comes into the gate for the first time", async () => {
    const id = await newCoupon();

    expect(await bookkeeping.enterGate(id)).toBe("FIRST");
    expect(await bookkeeping.enterGate(id)).toBe("AGAIN");
    await finish(id);
    await bookkeeping.complete(id, { no: 0, rows: 0 }, 1_000);
    expect(await bookkeeping.enterGate(id)).toBe("COMPLETE");
  });

  it("knows a coupon of which the gate has heard as one that was there", async () => {
    const id = await newCoupon();

    await new CouponRepository(db.em()).markInGate(id, 1);

    expect(await bookkeeping.enterGate(id)).toBe("AGAIN");
  });
});
