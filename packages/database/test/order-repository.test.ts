import { describe, expect, it } from "vitest";
import { OrderRepository, type OrderRow, transact } from "../src/index.ts";
import { anOrder } from "./a-product.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const orders = (): OrderRepository => new OrderRepository(db.em());

async function change(id: string, values: Partial<OrderRow>): Promise<OrderRow> {
  return transact(db, async (em) => {
    const repository = new OrderRepository(em);
    const row = await repository.lock(id);
    if (!row) throw new Error("no row");
    await repository.update({ ...row, ...values });
    return { ...row, ...values };
  });
}

const item = (productId: string) => ({ productId, productName: `product ${productId}`, priceKrw: 1, quantity: 1 });

describe("OrderRepository", () => {
  it("keeps an order with its items, by product", async () => {
    const given = anOrder({ couponId: "77", discountKrw: 5, items: [item("10"), item("9"), item("2")] });
    const { id } = await orders().insert(given);

    expect(await orders().find(id)).toEqual({
      ...given,
      id,
      items: [item("2"), item("9"), item("10")],
      status: "CREATED",
      couponReturningSince: undefined,
      paidAt: undefined,
      paidDay: undefined,
      cancelledAt: undefined,
    });
    expect(await orders().find("9223372036854775807")).toBeUndefined();
  });

  it("writes each change of state", async () => {
    const { id } = await orders().insert(anOrder());
    const at = Date.UTC(2026, 0, 3, 0, 0, 0, 1);
    for (const values of [
      { couponReturningSince: at },
      { couponReturningSince: undefined, status: "PAID", paidAt: at, paidDay: "20260103", discountKrw: 3 },
      { status: "CANCELLED", cancelledAt: at + 1 },
    ] as const) {
      const changed = await change(id, values);
      expect(await orders().find(id)).toEqual(changed);
    }
  });

  it("pages one user's orders, newest first", async () => {
    const ids = [];
    for (const userId of ["lee", "Lee", "lee", "lee"]) ids.push((await orders().insert(anOrder({ userId }))).id);
    const [first, , third, fourth] = ids;

    const page = await orders().page("lee", { limit: 2 });

    expect(page.map(({ id }) => id)).toEqual([fourth, third]);
    expect(page[0]?.items).toHaveLength(1);
    expect((await orders().page("lee", { before: third, limit: 2 })).map(({ id }) => id)).toEqual([first]);
  });

  it("pages what was paid on a day and is not cancelled", async () => {
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push((await orders().insert(anOrder())).id);
    const [a = "", b = "", c = "", d = ""] = ids;
    await change(a, { status: "PAID", paidDay: "20260501" });
    await change(b, { status: "CANCELLED", paidDay: "20260501" });
    await change(c, { status: "PAID", paidDay: "20260502" });
    await change(d, { status: "PAID", paidDay: "20260501" });

    expect((await orders().pageOfDay("20260501", { limit: 10 })).map(({ id }) => id)).toEqual([a, d]);
    expect((await orders().pageOfDay("20260501", { after: a, limit: 10 })).map(({ id }) => id)).toEqual([d]);
    expect(await orders().pageOfDay("20260503", { limit: 10 })).toEqual([]);
  });

  it("pages what has long been unpaid", async () => {
    const long = Date.UTC(2020, 0, 1);
    const late = await orders().insert(anOrder({ createdAt: long + 2 }));
    const paid = await orders().insert(anOrder({ createdAt: long }));
    const early = await orders().insert(anOrder({ createdAt: long + 1 }));
    await change(paid.id, { status: "PAID" });

    expect(await orders().pageUnpaid(long + 3, { limit: 10 })).toEqual([late.id, early.id]);
    expect(await orders().pageUnpaid(long + 3, { after: late.id, limit: 10 })).toEqual([early.id]);
    expect(await orders().pageUnpaid(long + 2, { limit: 10 })).toEqual([early.id]);
    expect(await orders().pageUnpaid(long + 1, { limit: 10 })).toEqual([]);
  });
});
