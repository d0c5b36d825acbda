import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type OrderSchema, OrderStatus } from "@firstcome/contracts/order";
import { type Order, totalOf } from "../domain/order.ts";

export function orderMessage(order: Order): MessageInitShape<typeof OrderSchema> {
  const { id, userId, status, items, amountKrw, discountKrw, couponId, createdAt, paidAt, cancelledAt } = order;
  return {
    id,
    userId,
    status: OrderStatus[status],
    items: items.map(({ productId, productName, priceKrw, quantity }) => ({
      productId,
      productName,
      priceKrw: BigInt(priceKrw),
      quantity,
    })),
    amountKrw: BigInt(amountKrw),
    discountKrw: BigInt(discountKrw),
    totalKrw: BigInt(totalOf(order)),
    couponId: couponId ?? "0",
    createdAt: timestampFromMs(createdAt),
    paidAt: optionalTimestamp(paidAt),
    cancelledAt: optionalTimestamp(cancelledAt),
  };
}

function optionalTimestamp(at: number | undefined): ReturnType<typeof timestampFromMs> | undefined {
  return at === undefined ? undefined : timestampFromMs(at);
}
