import { randomUUID } from "node:crypto";
import type { FirstcomeClient } from "@firstcome/client";
import { IssueOutcome, UserCouponStatus } from "@firstcome/contracts/coupon";
import { OrderStatus } from "@firstcome/contracts/order";
import { eventually } from "@firstcome/testkit";
import { expect } from "vitest";
import { openCoupon } from "./crowd.ts";

/** Clients in the roles in which a shop is used; with access control off, one and the same. */
export interface Clients {
  readonly admin: FirstcomeClient;
  readonly service: FirstcomeClient;
}

/**
 * One whole way through all services, to see that each of them does its part: a coupon is opened and issued, becomes a row,
 * pays for an order, and the sale is in the ranking.
 */
export async function expectWholeWay({ admin, service }: Clients, userId: string): Promise<void> {
  const couponId = await openCoupon(admin, 1);
  const { outcome } = await service.coupons.issueCoupon({ couponId, userId });
  expect(outcome).toBe(IssueOutcome.ACCEPTED);
  await eventually(async () => {
    const { userCoupon } = await service.coupons.getUserCoupon({ couponId, userId });
    return userCoupon?.status === UserCouponStatus.ISSUED;
  });

  const { product } = await admin.products.createProduct({
    requestId: randomUUID(),
    name: "one",
    priceKrw: 5_000n,
    stock: 1,
  });
  const productId = product?.id ?? "";
  const items = [{ productId, quantity: 1 }];
  const { order } = await service.orders.createOrder({ requestId: randomUUID(), userId, couponId, items });
  const orderId = order?.id ?? "";
  const paid = await service.orders.payOrder({ requestId: randomUUID(), userId, orderId });
  expect(paid.order?.status).toBe(OrderStatus.PAID);
  await eventually(async () => {
    const { popular } = await admin.rankingAdmin.refreshPopularProducts({ top: 100, days: 3 });
    return popular?.products.some((each) => each.productId === productId) ?? false;
  });
}
