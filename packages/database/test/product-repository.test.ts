import { describe, expect, it } from "vitest";
import { ProductRepository } from "../src/index.ts";
import { aProduct } from "./a-product.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const products = (): ProductRepository => new ProductRepository(db.em());

describe("ProductRepository", () => {
  it("keeps what it is given", async () => {
    const { id } = await products().insert(aProduct({ priceKrw: 1_000_000_000, stock: 4_294_967_295 }));

    expect(await products().find(id)).toEqual({
      id,
      ...aProduct({ priceKrw: 1_000_000_000, stock: 4_294_967_295 }),
    });
    expect(await products().find("9223372036854775807")).toBeUndefined();
  });

  it("finds those that exist, and pages by id", async () => {
    const made = [await products().insert(aProduct()), await products().insert(aProduct())] as const;
    const [first, second] = made;

    expect(new Set(await products().findAll([second.id, first.id, "9223372036854775807"]))).toEqual(new Set(made));
    expect(await products().findAll([])).toEqual([]);
    expect(await products().page({ after: first.id, limit: 1 })).toEqual([second]);
    expect(await products().page({ after: second.id, limit: 1 })).toEqual([]);
  });

  it("takes what there is and never more, however many take at once", async () => {
    const { id } = await products().insert(aProduct({ stock: 10 }));

    const takes = await Promise.all(Array.from({ length: 8 }, () => products().take(id, 3)));

    expect(takes.filter(Boolean)).toHaveLength(3);
    expect(await products().find(id)).toMatchObject({ stock: 1 });
  });

  it("adds up to a bound", async () => {
    const { id } = await products().insert(aProduct({ stock: 10 }));

    expect(await products().add(id, 5, 15)).toBe(true);
    expect(await products().add(id, 1, 15)).toBe(false);
    expect(await products().add("9223372036854775807", 1, 15)).toBe(false);
    expect(await products().find(id)).toMatchObject({ stock: 15 });
  });
});
