import type { OrderService } from "@firstcome/contracts/order";
import { assertActsFor, type Handler, invalidArgument, type RpcError } from "@firstcome/rpc";
import { type CreateDeps, type Creation, createOrder as create } from "../domain/create-order.ts";
import { MAX_AMOUNT_KRW } from "../domain/draft-order.ts";
import { orderMessage } from "./order-message.ts";
import { couponRefused, productNotFound, requestIdReused } from "./refusals.ts";

export function createOrder(app: CreateDeps & { now: () => number }): Handler<typeof OrderService, "createOrder"> {
  return async ({ requestId, userId, items, couponId }, ctx) => {
    assertActsFor(ctx, userId);
    const wish = {
      userId,
      items: items.map(({ productId, quantity }) => ({ productId, quantity })),
      couponId: couponId === "0" ? undefined : couponId,
    };
    const creation = await create(app, { requestId, wish }, app.now(), ctx.deadline);
    if (creation.kind === "CREATED") return { order: orderMessage(creation.order) };
    throw notCreated(creation, requestId);
  };
}

function notCreated(creation: Exclude<Creation, { kind: "CREATED" }>, requestId: string): RpcError {
  if (creation.kind === "REQUEST_ID_REUSED") return requestIdReused(requestId);
  if (creation.kind === "REFUSED") return couponRefused(creation.why);
  if (creation.kind === "UNKNOWN_PRODUCT") return productNotFound(creation.productId);
  return invalidArgument([{ field: "items", description: `must not amount to more than ${MAX_AMOUNT_KRW} KRW` }]);
}
