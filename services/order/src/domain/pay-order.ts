import type { CouponRefusal, Coupons } from "./coupons.ts";
import { UnavailableError } from "./faults.ts";
import { commit, type Ending, type LockedOrder, type OrderLock, rollBack } from "./locked-order.ts";
import { lettersOfPayment } from "./messages.ts";
import type { Order } from "./order.ts";
import { isReturning, returnCoupon } from "./return-coupon.ts";

export interface PaymentRequest {
  requestId: string;
  orderId: string;
  userId: string;
}

export type Payment =
  /** Now, or before. */
  | { kind: "PAID"; order: Order }
  | { kind: "UNKNOWN_ORDER" }
  | { kind: "CANCELLED" }
  | { kind: "REQUEST_ID_REUSED" }
  | { kind: "REFUSED"; why: CouponRefusal }
  /** `couponKept`: why its coupon could not be given back for now; the order still holds it, or may. */
  | { kind: "OUT_OF_STOCK"; productId: string; couponKept?: UnavailableError };

export interface PayDeps {
  readonly orders: OrderLock & { find(orderId: string): Promise<Order | undefined> };
  readonly coupons: Pick<Coupons, "use" | "giveBack">;
  /** Runs payments that wait for the coupon service, few at a time: each holds a connection to the database meanwhile. */
  readonly couponPayments: { run<T>(work: () => Promise<T>): Promise<T> };
  readonly now: () => number;
  /** The business day, yyyymmdd, of a moment. */
  readonly dayOf: (at: number) => string;
}

/**
 * Takes stock and coupon and marks the order paid, all or nothing.
 *
 * Everything about one order happens one after the other, under the lock of its row. The coupon is used first, while no
 * product is locked: a slow coupon service holds up this order only. From then on the order may hold the coupon whatever
 * becomes of the payment; nobody gives it back on a guess. A payment that failed midway is made whole by its repetition, or
 * undone by the order's cancellation, which comes by itself in the end (expire-orders).
 *
 * @throws UnavailableError when it is not known what came of it
 */
export async function payOrder(deps: PayDeps, request: PaymentRequest): Promise<Payment> {
  const known = await deps.orders.find(request.orderId);
  if (known?.userId !== request.userId) return { kind: "UNKNOWN_ORDER" };
  const attempt = (): Promise<Payment> => payUnderLock(deps, request);
  if (known.couponId === undefined || known.status !== "CREATED") return attempt();
  return deps.couponPayments.run(async () => {
    const payment = await attempt();
    if (payment.kind !== "OUT_OF_STOCK") return payment;
    const couponKept = await returnCoupon(deps, request.orderId);
    return couponKept ? { ...payment, couponKept } : payment;
  });
}

async function payUnderLock(deps: PayDeps, request: PaymentRequest): Promise<Payment> {
  const payment = await deps.orders.withLock<Payment>(request.orderId, async (locked) => {
    const { order } = locked;
    if (order.status === "CANCELLED") return rollBack({ kind: "CANCELLED" });
    if ((await locked.claimPayment(request.requestId)) === "REQUEST_ID_REUSED") {
      return rollBack({ kind: "REQUEST_ID_REUSED" });
    }
    return order.status === "PAID" ? commit({ kind: "PAID", order }) : pay(deps, locked);
  });
  return payment ?? { kind: "UNKNOWN_ORDER" };
}

async function pay(deps: PayDeps, locked: LockedOrder): Promise<Ending<Payment>> {
  const used = await useCoupon(deps, locked);
  if (used.kind === "REFUSED") return rollBack(used);

  const paidAt = deps.now();
  const paid: Order = {
    ...locked.order,
    status: "PAID",
    discountKrw: used.discountKrw,
    couponReturningSince: undefined,
    paidAt,
    paidDay: deps.dayOf(paidAt),
  };
  await locked.write(paid, lettersOfPayment(paid));
  // Last, since all who buy a product wait from here to the commit.
  const short = await locked.takeStock();
  return short ? rollBack({ kind: "OUT_OF_STOCK", productId: short.missing }) : commit({ kind: "PAID", order: paid });
}

async function useCoupon(
  { coupons }: PayDeps,
  locked: LockedOrder,
): Promise<{ kind: "USED"; discountKrw: number } | { kind: "REFUSED"; why: CouponRefusal }> {
  const { id: orderId, userId, couponId, amountKrw } = locked.order;
  if (couponId === undefined) return { kind: "USED", discountKrw: 0 };
  // Should the return come late, a paid order would lose its coupon.
  if (await isReturning(locked)) throw new UnavailableError("COUPON_SERVICE", RETRY_AFTER_MS);
  return coupons.use({ couponId, userId, orderId }, amountKrw);
}

/** A return that goes well is over by then. */
const RETRY_AFTER_MS = 100;
