import { randomUUID } from "node:crypto";
import { askAgain, type FirstcomeClient } from "@firstcome/client";

/** What became of the winners' orders. */
export interface ShoppingResult {
  readonly placed: number;
  readonly paid: number;
  /** Orders that could not be placed or paid. */
  readonly failed: number;
  /** The first few failures, for people. */
  readonly failures: readonly string[];
}

/** Lets each of these users place one order with their coupon and pay it, `concurrency` at a time. */
export async function goShopping(
  client: FirstcomeClient,
  shopping: {
    readonly couponId: string;
    readonly userIds: readonly string[];
    readonly productIds: readonly string[];
    readonly concurrency: number;
  },
): Promise<ShoppingResult> {
  const { couponId, userIds, productIds, concurrency } = shopping;
  const counts = { placed: 0, paid: 0, failed: 0 };
  const failures: string[] = [];
  let next = 0;
  const shopper = async (): Promise<void> => {
    for (let userId = userIds[next++]; userId !== undefined; userId = userIds[next++]) {
      try {
        const items = pickItems(productIds);
        const [creation, payment] = [randomUUID(), randomUUID()];
        const { order } = await askAgain(() =>
          client.orders.createOrder({ requestId: creation, userId, couponId, items }),
        );
        counts.placed++;
        await askAgain(() => client.orders.payOrder({ requestId: payment, userId, orderId: order?.id ?? "0" }));
        counts.paid++;
      } catch (error) {
        counts.failed++;
        if (failures.length < 5) failures.push(`${userId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, userIds.length) }, shopper));
  return { ...counts, failures };
}

/** One to three products, the first ones of the list more often than the last: some things sell better. */
function pickItems(productIds: readonly string[]): { productId: string; quantity: number }[] {
  const picked = new Set<string>();
  const wanted = 1 + Math.floor(Math.random() * 3);
  for (let i = 0; i < wanted; i++) {
    const favourite = Math.floor(productIds.length * Math.random() ** 2);
    picked.add(productIds[favourite] as string);
  }
  return [...picked].map((productId) => ({ productId, quantity: 1 + Math.floor(Math.random() * 2) }));
}
