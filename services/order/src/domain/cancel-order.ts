import { commit, type Ending, type LockedOrder, type OrderLock, rollBack } from "./locked-order.ts";
import { lettersOfCancellation } from "./messages.ts";
import type { Order } from "./order.ts";

export type Cancellation =
  /** Now, or before. */
  { kind: "CANCELLED"; order: Order } | { kind: "UNKNOWN_ORDER" };

/**
 * Cancels an order, paid or not. What it had taken is given back once, however often it is asked for.
 *
 * @param now asked under the lock: whoever held the order before may have kept it for long, and has acted until then
 */
export async function cancelOrder(
  orders: OrderLock,
  { orderId, userId }: { orderId: string; userId: string },
  now: () => number,
): Promise<Cancellation> {
  const cancellation = await orders.withLock<Cancellation>(orderId, async (locked) => {
    const { order } = locked;
    if (order.userId !== userId) return rollBack({ kind: "UNKNOWN_ORDER" });
    if (order.status === "CANCELLED") return rollBack({ kind: "CANCELLED", order });
    return cancel(locked, now());
  });
  return cancellation ?? { kind: "UNKNOWN_ORDER" };
}

/**
 * Cancels an order that nobody has paid.
 *
 * @returns false when it was paid or cancelled meanwhile
 */
export async function expireOrder(orders: OrderLock, orderId: string, now: () => number): Promise<boolean> {
  const cancellation = await orders.withLock<Cancellation | undefined>(orderId, async (locked) =>
    locked.order.status === "CREATED" ? cancel(locked, now()) : rollBack(undefined),
  );
  return cancellation !== undefined;
}

async function cancel(locked: LockedOrder, now: number): Promise<Ending<Cancellation>> {
  const { order: before } = locked;
  const order: Order = { ...before, status: "CANCELLED", couponReturningSince: undefined, cancelledAt: now };
  await locked.write(order, lettersOfCancellation(before));
  // Last, since all who buy a product wait from here to the commit.
  if (before.status === "PAID") await locked.giveStockBack();
  return commit({ kind: "CANCELLED", order });
}
