import { randomUUID } from "node:crypto";
import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { abandonRebuild } from "./abandon-rebuild.ts";
import { beginRebuild } from "./begin-rebuild.ts";
import { commitRebuild } from "./commit-rebuild.ts";
import type { OrderSales } from "./order-sales.ts";
import { stageCancellations } from "./stage-cancellations.ts";
import { stageSales } from "./stage-sales.ts";

export type RebuildResult =
  | { readonly rebuilt: true; readonly orders: number; readonly products: number }
  /** LOST: the rebuild was silent for too long, or Redis has lost it. Nothing was changed; it may be begun again. */
  | { readonly rebuilt: false; readonly why: "REBUILDING_ELSEWHERE" | "LOST" };

/**
 * Counts a day anew from the orders in the database, and puts the result in the place of what is there, while sales go on.
 *
 * What makes it complete: from before the first order is read until the swap, every event is counted in the rebuild as
 * well (record-sales.lua). An order that is paid while its page has been read already reaches the rebuild as an event, and
 * one that is met both ways counts once. An order that was cancelled is not read, and its mark is carried over: without it
 * a late repetition of its sale would count.
 *
 * @param paidOrders what the database says is paid and not cancelled, each order once, in pages. Must not be read before
 *   it is iterated.
 * @throws what the iteration, Redis or the connection says; then nothing was changed, unless the very last answer was lost
 */
export async function rebuildDay(
  redis: RedisClient,
  keys: Keys,
  day: string,
  paidOrders: AsyncIterable<readonly OrderSales[]>,
): Promise<RebuildResult> {
  const token = randomUUID();
  if (!(await beginRebuild(redis, keys, day, token))) return { rebuilt: false, why: "REBUILDING_ELSEWHERE" };
  try {
    let orders = 0;
    for await (const page of paidOrders) {
      for (const chunk of chunksOf(page)) {
        if (!(await stageSales(redis, keys, day, token, chunk))) return LOST;
      }
      orders += page.length;
    }
    for await (const cancelled of cancelledOrders(redis, keys, day)) {
      if (!(await stageCancellations(redis, keys, day, token, cancelled))) return LOST;
    }
    const products = await commitRebuild(redis, keys, day, token);
    return products === undefined ? LOST : { rebuilt: true, orders, products };
  } catch (error) {
    // Lest the next one waits for this one's silence; without Redis it will have to.
    await abandonRebuild(redis, keys, day, token).catch(() => undefined);
    throw error;
  }
}

const LOST: RebuildResult = { rebuilt: false, why: "LOST" };

/** Lines of orders that one script counts: below a millisecond, for which Redis serves nobody else. */
const MAX_LINES = 500;

function* chunksOf(orders: readonly OrderSales[]): Generator<OrderSales[]> {
  let chunk: OrderSales[] = [];
  let lines = 0;
  for (const order of orders) {
    chunk.push(order);
    lines += order.productIds.length;
    if (lines < MAX_LINES) continue;
    yield chunk;
    chunk = [];
    lines = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** The orders of a day that are taken back. Those that become so while it runs may or may not be among them. */
async function* cancelledOrders(redis: RedisClient, keys: Keys, day: string): AsyncGenerator<string[]> {
  let cursor = "0";
  do {
    const [next, fields] = await redis.hscan(keys.ordersOfDay(day), cursor, "COUNT", MAX_LINES);
    yield fields.filter((_, i) => i % 2 === 0 && fields[i + 1] === "C");
    cursor = next;
  } while (cursor !== "0");
}
