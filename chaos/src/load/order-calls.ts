import type { FirstcomeClient } from "@firstcome/client";
import { type Order, OrderStatus } from "@firstcome/contracts/order";
import type { Answer, Call, CallEntry } from "../history/entry.ts";
import type { CallersClient } from "../stage/stage.ts";
import { askUntilAnswered } from "./ask-again.ts";

/** A buyer with a cart. */
export interface Buyer {
  readonly caller: string;
  readonly userId: string;
  /** "0": without one. */
  readonly couponId: string;
}

export interface OrderCalls {
  /** @returns the order's id; undefined: refused, or given up */
  create(
    buyer: Buyer,
    requestId: string,
    items: { readonly productId: string; readonly quantity: number }[],
  ): Promise<string | undefined>;
  /** @returns whether it is known to be paid */
  pay(buyer: Buyer, requestId: string, orderId: string): Promise<boolean>;
  /** @returns whether it is known to be cancelled */
  cancel(buyer: Buyer, orderId: string): Promise<boolean>;
}

const TIMEOUT_MS = 5_000;
const PATIENCE_MS = 45_000;

/** The order service as buyers call it: the same call again until it is known what came of it. */
export function orderCalls(clients: readonly CallersClient[], hear: (entry: CallEntry) => void): OrderCalls {
  const at = (attempt: number): CallersClient => clients[attempt % clients.length] as CallersClient;
  const call = (
    { caller, userId: user, couponId: coupon }: Buyer,
    name: Call,
    ask: (client: FirstcomeClient, timeoutMs: number) => Promise<{ order?: Order | undefined }>,
    toAnswer: (order: Order) => Answer,
  ): Promise<Order | undefined> => {
    let askedAt = 0;
    const heard = (attempt: number, answer: Answer): void =>
      hear({ at: Date.now(), askedAt, caller, via: at(attempt).via, user, coupon, call: name, answer });
    return askUntilAnswered(
      async (attempt, timeoutMs) => {
        askedAt = Date.now();
        const { order } = await ask(at(attempt).client, timeoutMs);
        if (!order) throw new TypeError(`${name} was answered without an order`);
        heard(attempt, toAnswer(order));
        return order;
      },
      { timeoutMs: TIMEOUT_MS, until: Date.now() + PATIENCE_MS },
      (failure, attempt) => heard(attempt, failure),
    );
  };
  return {
    async create(buyer, requestId, items) {
      const { userId, couponId } = buyer;
      const order = await call(
        buyer,
        "CreateOrder",
        ({ orders }, timeoutMs) => orders.createOrder({ requestId, userId, couponId, items }, { timeoutMs }),
        ({ id }) => ({ outcome: "CREATED", order: id, requestId }),
      );
      return order?.id;
    },
    async pay(buyer, requestId, orderId) {
      const { userId } = buyer;
      const order = await call(
        buyer,
        "PayOrder",
        ({ orders }, timeoutMs) => orders.payOrder({ requestId, userId, orderId }, { timeoutMs }),
        (paid) => statusOf(paid),
      );
      return order?.status === OrderStatus.PAID;
    },
    async cancel(buyer, orderId) {
      const { userId } = buyer;
      const order = await call(
        buyer,
        "CancelOrder",
        ({ orders }, timeoutMs) => orders.cancelOrder({ userId, orderId }, { timeoutMs }),
        (cancelled) => statusOf(cancelled),
      );
      return order?.status === OrderStatus.CANCELLED;
    },
  };
}

function statusOf({ id, status }: Order): Answer {
  if (status === OrderStatus.PAID) return { outcome: "PAID", order: id };
  return { outcome: status === OrderStatus.CANCELLED ? "CANCELLED" : "CREATED", order: id };
}
