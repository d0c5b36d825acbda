import { COUPON_CALL_SETTLES_MS, type Coupons } from "./coupons.ts";
import { UnavailableError } from "./faults.ts";
import { commit, type Ending, type LockedOrder, type OrderLock, rollBack } from "./locked-order.ts";

interface ReturnDeps {
  readonly orders: OrderLock;
  readonly coupons: Pick<Coupons, "giveBack">;
}

/**
 * Gives back the coupon of an order that could not be paid and may be paid later.
 *
 * That the return is under way is committed before it is asked for, and taken away when it is confirmed. In between, and
 * after a return of which nobody has heard the end, the order cannot be paid (pay-order.ts), so that a return which comes
 * late never hits an order that was paid meanwhile.
 *
 * @returns what kept it from being confirmed: the coupon may still be held by the order
 */
export async function returnCoupon(deps: ReturnDeps, orderId: string): Promise<UnavailableError | undefined> {
  try {
    const since = await deps.orders.withLock(orderId, begin);
    if (since !== undefined) await deps.orders.withLock(orderId, (locked) => giveBack(deps, locked, since));
    return undefined;
  } catch (error) {
    if (error instanceof UnavailableError) return error;
    throw error;
  }
}

/** A return of this order's coupon was asked for, and may take effect at any time: nobody has heard of its end. */
export async function isReturning(locked: Pick<LockedOrder, "order" | "databaseNow">): Promise<boolean> {
  const { couponReturningSince: since } = locked.order;
  return since !== undefined && (await locked.databaseNow()) < since + COUPON_CALL_SETTLES_MS;
}

/** Since when it is under way; undefined: there is nothing to return, or somebody else does it. */
async function begin(locked: LockedOrder): Promise<Ending<number | undefined>> {
  const { order } = locked;
  if (order.status !== "CREATED" || (await isReturning(locked))) return rollBack(undefined);
  const since = await locked.databaseNow();
  await locked.write({ ...order, couponReturningSince: since });
  return commit(since);
}

async function giveBack({ coupons }: ReturnDeps, locked: LockedOrder, since: number): Promise<Ending<void>> {
  const { order } = locked;
  const { id: orderId, couponId, userId } = order;
  const ours = order.status === "CREATED" && order.couponReturningSince === since;
  if (!ours || couponId === undefined) return rollBack(undefined);
  if ((await locked.databaseNow()) >= since + ASKED_WITHIN_MS) throw new UnavailableError("DATABASE", RETRY_AFTER_MS);
  await coupons.giveBack({ couponId, userId, orderId });
  await locked.write({ ...order, couponReturningSince: undefined });
  return commit(undefined);
}

/**
 * What keeps the order from being paid is counted from its note. A return that is asked for much later than that, since the
 * lock was long in coming, could take effect when the order is payable again; it is left to the next payment that fails, or
 * to the order's end.
 */
const ASKED_WITHIN_MS = 10_000;

const RETRY_AFTER_MS = 200;
