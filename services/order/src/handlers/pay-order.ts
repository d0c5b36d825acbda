import type { OrderService } from "@firstcome/contracts/order";
import { assertActsFor, failedPrecondition, type Handler, type RpcError } from "@firstcome/rpc";
import { type PayDeps, type Payment, type PaymentRequest, payOrder as pay } from "../domain/pay-order.ts";
import { orderMessage } from "./order-message.ts";
import { couponRefused, orderNotFound, requestIdReused } from "./refusals.ts";

export function payOrder(app: PayDeps): Handler<typeof OrderService, "payOrder"> {
  return async ({ requestId, orderId, userId }, ctx) => {
    assertActsFor(ctx, userId);
    const request = { requestId, orderId, userId };
    const payment = await pay(app, request);
    if (payment.kind === "PAID") return { order: orderMessage(payment.order) };
    if (payment.kind === "OUT_OF_STOCK" && payment.couponKept) {
      ctx.log.warn({ err: payment.couponKept, orderId }, "the coupon of an unpaid order is not known to be back");
    }
    throw notPaid(payment, request);
  };
}

function notPaid(payment: Exclude<Payment, { kind: "PAID" }>, { orderId, requestId }: PaymentRequest): RpcError {
  const facts = { order_id: orderId };
  if (payment.kind === "UNKNOWN_ORDER") return orderNotFound(orderId);
  if (payment.kind === "CANCELLED") return failedPrecondition("ORDER_CANCELLED", "the order is cancelled", facts);
  if (payment.kind === "REQUEST_ID_REUSED") return requestIdReused(requestId);
  if (payment.kind === "REFUSED") return couponRefused(payment.why);
  const { productId } = payment;
  const message = `there are too few pieces of product ${productId}`;
  return failedPrecondition("OUT_OF_STOCK", message, { ...facts, product_id: productId });
}
