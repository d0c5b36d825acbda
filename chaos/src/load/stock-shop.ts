import { randomUUID } from "node:crypto";
import type { FirstcomeClient } from "@firstcome/client";

const PRODUCTS = 8;
/** More than can be sold. */
export const STOCK = 10_000_000;

/** Puts products into the shop, before anything is broken, and returns their ids. */
export async function stockShop({ products }: FirstcomeClient): Promise<string[]> {
  const created = await Promise.all(
    Array.from({ length: PRODUCTS }, (_, i) =>
      products.createProduct({ requestId: randomUUID(), name: `Product ${i + 1}`, priceKrw: 10_000n, stock: STOCK }),
    ),
  );
  return created.map(({ product }) => {
    if (!product) throw new TypeError("CreateProduct was answered without a product");
    return product.id;
  });
}
