import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

/** Something to buy. Name and price never change after creation. */
export const Product = defineEntity({
  name: "Product",
  tableName: "product",
  properties: {
    id: p.bigint("string").unsigned().primary().autoincrement(),
    name: p.string().length(200),
    priceKrw: p.bigint("number").unsigned(),
    /** Pieces left. Being unsigned, it cannot fall below zero even by mistake. */
    stock: p.integer().unsigned(),
    createdAt: p.datetime(3),
  },
});
export type Product = InferEntity<typeof Product>;
