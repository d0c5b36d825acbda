import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

/** One product of an order, named and priced as it was when the order was created. Never changes. */
export const OrderItem = defineEntity({
  name: "OrderItem",
  tableName: "order_item",
  properties: {
    orderId: p.bigint("string").unsigned().primary(),
    productId: p.bigint("string").unsigned().primary(),
    productName: p.string().length(200),
    priceKrw: p.bigint("number").unsigned(),
    quantity: p.integer().unsigned(),
  },
});
export type OrderItem = InferEntity<typeof OrderItem>;
