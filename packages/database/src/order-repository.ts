import { LockMode } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { Order, type OrderState } from "./entities/order.ts";
import { OrderItem } from "./entities/order-item.ts";

/** A row of `orders` and its rows of `order_item`. Times are epoch ms, amounts whole KRW. */
export interface OrderRow {
  id: string;
  userId: string;
  status: OrderState;
  /** By product id. */
  items: readonly OrderItemRow[];
  amountKrw: number;
  discountKrw: number;
  couponId: string | undefined;
  couponReturningSince: number | undefined;
  createdAt: number;
  paidAt: number | undefined;
  /** yyyymmdd */
  paidDay: string | undefined;
  cancelledAt: number | undefined;
}

export interface OrderItemRow {
  productId: string;
  productName: string;
  priceKrw: number;
  quantity: number;
}

export type NewOrderRow = Pick<OrderRow, "userId" | "items" | "amountKrw" | "discountKrw" | "couponId" | "createdAt">;

/** The tables `orders` and `order_item`, within one unit of work. */
export class OrderRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async find(id: string): Promise<OrderRow | undefined> {
    const order = await this.#em.findOne(Order, { id });
    return order ? this.#withItems(order) : undefined;
  }

  /** Within a transaction: nobody else changes the order until it ends. */
  async lock(id: string): Promise<OrderRow | undefined> {
    const order = await this.#em.findOne(Order, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return order ? this.#withItems(order) : undefined;
  }

  async insert(row: NewOrderRow): Promise<OrderRow> {
    const { items, couponId, createdAt, ...rest } = row;
    const order = this.#em.create(Order, {
      ...rest,
      status: "CREATED",
      couponId: couponId ?? null,
      createdAt: new Date(createdAt),
    });
    await this.#em.flush();
    await this.#em.insertMany(
      OrderItem,
      items.map((item) => ({ ...item, orderId: order.id })),
    );
    return toRow(order, items);
  }

  /** Writes the state of an order that is locked: everything but what it was created with. */
  async update(row: OrderRow): Promise<void> {
    await this.#em.nativeUpdate(
      Order,
      { id: row.id },
      {
        status: row.status,
        discountKrw: row.discountKrw,
        couponReturningSince: toDate(row.couponReturningSince),
        paidAt: toDate(row.paidAt),
        paidDay: row.paidDay ?? null,
        cancelledAt: toDate(row.cancelledAt),
      },
    );
  }

  /** One user's orders, newest first. `before` is the last id of the page before. */
  async page(userId: string, { before, limit }: { before?: string | undefined; limit: number }): Promise<OrderRow[]> {
    const orders = await this.#em.find(Order, before === undefined ? { userId } : { userId, id: { $lt: before } }, {
      orderBy: { id: "desc" },
      limit,
    });
    return this.#allWithItems(orders);
  }

  /** Those paid on a business day that are not cancelled, by id, after `after`. */
  async pageOfDay(
    paidDay: string,
    { after, limit }: { after?: string | undefined; limit: number },
  ): Promise<OrderRow[]> {
    const paid = { paidDay, status: "PAID" as const };
    const orders = await this.#em.find(Order, after === undefined ? paid : { ...paid, id: { $gt: after } }, {
      orderBy: { id: "asc" },
      limit,
    });
    return this.#allWithItems(orders);
  }

  /** Ids of those created before a moment (epoch ms) and neither paid nor cancelled, by id, after `after`. */
  async pageUnpaid(
    createdBefore: number,
    { after, limit }: { after?: string | undefined; limit: number },
  ): Promise<string[]> {
    const unpaid = { status: "CREATED" as const, createdAt: { $lt: new Date(createdBefore) } };
    const orders = await this.#em.find(Order, after === undefined ? unpaid : { ...unpaid, id: { $gt: after } }, {
      orderBy: { id: "asc" },
      limit,
      fields: ["id"],
      // In the order of ids, nearly all of the table would be read to find the few that are unpaid.
      indexHint: "FORCE INDEX (orders_by_status)",
    });
    return orders.map(({ id }) => id);
  }

  async #withItems(order: Order): Promise<OrderRow> {
    return toRow(order, await this.#em.find(OrderItem, { orderId: order.id }, { orderBy: { productId: "asc" } }));
  }

  async #allWithItems(orders: readonly Order[]): Promise<OrderRow[]> {
    if (orders.length === 0) return [];
    const ofThem = { orderId: { $in: orders.map(({ id }) => id) } };
    const items = await this.#em.find(OrderItem, ofThem, { orderBy: { orderId: "asc", productId: "asc" } });
    const itemsOf = Map.groupBy(items, ({ orderId }) => orderId);
    return orders.map((order) => toRow(order, itemsOf.get(order.id) ?? []));
  }
}

function toRow(order: Order, items: readonly OrderItemRow[]): OrderRow {
  return {
    id: order.id,
    userId: order.userId,
    status: order.status,
    items: items.map(({ productId, productName, priceKrw, quantity }) => ({
      productId,
      productName,
      priceKrw,
      quantity,
    })),
    amountKrw: order.amountKrw,
    discountKrw: order.discountKrw,
    couponId: order.couponId ?? undefined,
    couponReturningSince: order.couponReturningSince?.getTime(),
    createdAt: order.createdAt.getTime(),
    paidAt: order.paidAt?.getTime(),
    paidDay: order.paidDay ?? undefined,
    cancelledAt: order.cancelledAt?.getTime(),
  };
}

function toDate(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}
