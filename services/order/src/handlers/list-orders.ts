import type { OrderService } from "@firstcome/contracts/order";
import { assertActsFor, DECIMAL, DEFAULT_PAGE_SIZE, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { Order } from "../domain/order.ts";
import { orderMessage } from "./order-message.ts";

interface ListDeps {
  readonly orders: { page(userId: string, page: { before?: string | undefined; limit: number }): Promise<Order[]> };
}

export function listOrders(app: ListDeps): Handler<typeof OrderService, "listOrders"> {
  return async ({ userId, pageSize, pageToken }, ctx) => {
    assertActsFor(ctx, userId);
    const limit = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const [before] = readPageToken(pageToken, [DECIMAL]) ?? [];
    // One more than asked for tells whether there is another page.
    const orders = await app.orders.page(userId, { before, limit: limit + 1 });
    const page = orders.slice(0, limit);
    const last = orders.length > limit ? page.at(-1) : undefined;
    return { orders: page.map(orderMessage), nextPageToken: last ? writePageToken([last.id]) : "" };
  };
}
