import { describe, expect, it } from "vitest";
import { CouponRepository, transact } from "../src/index.ts";
import { aCoupon } from "./a-coupon.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const coupons = (): CouponRepository => new CouponRepository(db.em());

describe("CouponRepository", () => {
  it("gives back what was put in", async () => {
    const values = aCoupon({
      closesAt: Date.UTC(2027, 0, 1, 0, 0, 0, 1),
      validForMs: 86_400_000,
      percentOff: 10,
      amountOffKrw: undefined,
      maxDiscountKrw: 1e12,
    });

    const inserted = await coupons().insert(values);

    expect(inserted).toEqual({ ...values, id: inserted.id, status: "PUBLISHABLE", version: 1 });
    expect(await coupons().find(inserted.id)).toEqual(inserted);
    expect(await coupons().highestId()).toBe(inserted.id);
  });

  it("knows no coupon that was not made", async () => {
    expect(await coupons().find("9223372036854775807")).toBeUndefined();
  });

  it("pages newest first", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.unshift((await coupons().insert(aCoupon())).id);

    const first = await coupons().page({ limit: 2 });
    const second = await coupons().page({ before: ids[1], limit: 1 });

    expect([...first, ...second].map(({ id }) => id)).toEqual(ids);
  });

  it("counts the version up with each change", async () => {
    const { id } = await coupons().insert(aCoupon());

    await transact(db, async (em) => {
      const repository = new CouponRepository(em);
      const locked = await repository.lock(id);
      if (locked) await repository.update(await repository.update(locked, { status: "PAUSED" }), { quantity: 101 });
    });

    expect(await coupons().find(id)).toMatchObject({ status: "PAUSED", quantity: 101, version: 3 });
  });

  it("finds several at once, and those that are not finished", async () => {
    const after = await coupons().highestId();
    const [a, b] = [await coupons().insert(aCoupon()), await coupons().insert(aCoupon())];
    await transact(db, (em) => new CouponRepository(em).update(b, { status: "FINISHED" }));

    const all = await coupons().findAll([a.id, b.id, "9223372036854775807"]);

    expect(all.map(({ id }) => id).toSorted((x, y) => Number(x) - Number(y))).toEqual([a.id, b.id]);
    expect(await coupons().findAll([])).toEqual([]);
    expect((await coupons().pageUnfinished({ after, limit: 10 })).map(({ id }) => id)).toEqual([a.id]);
  });

  it("tells what the gate should hear of again", async () => {
    const after = await coupons().highestId();
    const open = await coupons().insert(aCoupon());
    const finished = await coupons().insert(aCoupon());
    const told = await coupons().insert(aCoupon());
    for (const row of [finished, told])
      await transact(db, (em) => new CouponRepository(em).update(row, { status: "FINISHED" }));
    await coupons().markInGate(told.id, 2);
    await coupons().markInGate(open.id, 1);

    const rows = await coupons().pageForGate({ after, limit: 10 });

    expect(rows.map(({ id }) => id)).toEqual([open.id, finished.id]);
  });
});
