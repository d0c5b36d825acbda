import type { FirstcomeClient } from "@firstcome/client";
import type { OrderSales } from "@firstcome/redis";
import type { CallOptions } from "@firstcome/rpc";
import { askOrderService } from "./faults.ts";

/** For one page. Well below the silence after which a rebuilder counts as dead. */
const PAGE_TIMEOUT_MS = 10_000;

/** What the order service says is paid and not cancelled. */
export class PaidOrders {
  readonly #client: Pick<FirstcomeClient, "orders">;

  constructor(client: Pick<FirstcomeClient, "orders">) {
    this.#client = client;
  }

  /**
   * The orders of one day, in pages. Nothing is read before it is iterated.
   *
   * @param ctx the call that they are read for: given up when it is
   */
  async *on(day: string, ctx: NonNullable<CallOptions["ctx"]>): AsyncGenerator<readonly OrderSales[]> {
    let pageToken = "";
    do {
      const request = { day, pageToken };
      const page = await askOrderService(() =>
        this.#client.orders.listSales(request, { ctx, timeoutMs: PAGE_TIMEOUT_MS }),
      );
      yield page.sales;
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }
}
