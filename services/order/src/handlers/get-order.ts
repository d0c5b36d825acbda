import type { OrderService } from "@firstcome/contracts/order";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import type { Order } from "../domain/order.ts";
import { orderMessage } from "./order-message.ts";
import { orderNotFound } from "./refusals.ts";

interface GetDeps {
  readonly orders: { find(orderId: string): Promise<Order | undefined> };
}

export function getOrder(app: GetDeps): Handler<typeof OrderService, "getOrder"> {
  return async ({ orderId, userId }, ctx) => {
    assertActsFor(ctx, userId);
    const order = await app.orders.find(orderId);
    if (order?.userId !== userId) throw orderNotFound(orderId);
    return { order: orderMessage(order) };
  };
}
