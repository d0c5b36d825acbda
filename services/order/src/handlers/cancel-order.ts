import type { OrderService } from "@firstcome/contracts/order";
import { assertActsFor, type Handler } from "@firstcome/rpc";
import { cancelOrder as cancel } from "../domain/cancel-order.ts";
import type { OrderLock } from "../domain/locked-order.ts";
import { orderMessage } from "./order-message.ts";
import { orderNotFound } from "./refusals.ts";

interface CancelDeps {
  readonly orders: OrderLock;
  readonly now: () => number;
}

export function cancelOrder(app: CancelDeps): Handler<typeof OrderService, "cancelOrder"> {
  return async ({ orderId, userId }, ctx) => {
    assertActsFor(ctx, userId);
    const cancellation = await cancel(app.orders, { orderId, userId }, app.now);
    if (cancellation.kind === "UNKNOWN_ORDER") throw orderNotFound(orderId);
    return { order: orderMessage(cancellation.order) };
  };
}
