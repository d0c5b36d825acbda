import type { Logger } from "@firstcome/runtime";
import { expireOrder } from "../domain/cancel-order.ts";
import type { OrderLock } from "../domain/locked-order.ts";

export interface ExpireDeps {
  readonly orders: OrderLock & { unpaid(createdBefore: number): AsyncIterable<string> };
  /** How long an order may be paid, in ms. */
  readonly paymentTtlMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Cancels the orders that nobody has paid in time, and with that settles those whose payment was broken off: whatever it had
 * taken is given back. Safe to run in several processes at once. What fails for one order is logged and does not keep the
 * others from theirs.
 *
 * @returns the ids of those that were cancelled
 */
export async function expireOrders(deps: ExpireDeps, signal?: AbortSignal): Promise<string[]> {
  const expired: string[] = [];
  for await (const orderId of deps.orders.unpaid(deps.now() - deps.paymentTtlMs)) {
    if (signal?.aborted) break;
    try {
      if (await expireOrder(deps.orders, orderId, deps.now)) expired.push(orderId);
    } catch (error) {
      deps.log.error({ err: error, orderId }, "an order could not be expired");
    }
  }
  if (expired.length > 0) {
    deps.log.info({ orders: expired.length, firstIds: expired.slice(0, MOST_NAMED) }, "unpaid orders are cancelled");
  }
  return expired;
}

/** In a line of the log: after an outage, or a sale, there may be any number of them. */
const MOST_NAMED = 10;
