import type { OrderService } from "@firstcome/contracts/order";
import { DECIMAL, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { Order } from "../domain/order.ts";

interface ListDeps {
  readonly orders: { pageOfDay(day: string, page: { after?: string | undefined; limit: number }): Promise<Order[]> };
}

const DEFAULT_SALES_PAGE_SIZE = 500;

export function listSales(app: ListDeps): Handler<typeof OrderService, "listSales"> {
  return async ({ day, pageSize, pageToken }) => {
    const limit = pageSize === 0 ? DEFAULT_SALES_PAGE_SIZE : pageSize;
    const [after] = readPageToken(pageToken, [DECIMAL]) ?? [];
    // One more than asked for tells whether there is another page.
    const orders = await app.orders.pageOfDay(day, { after, limit: limit + 1 });
    const page = orders.slice(0, limit);
    const last = orders.length > limit ? page.at(-1) : undefined;
    return {
      sales: page.map(({ id, items }) => ({
        orderId: id,
        productIds: items.map(({ productId }) => productId),
        quantities: items.map(({ quantity }) => quantity),
      })),
      nextPageToken: last ? writePageToken([last.id]) : "",
    };
  };
}
