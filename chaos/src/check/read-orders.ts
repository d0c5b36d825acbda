import type { Keys, RedisClient } from "@firstcome/redis";
import type { Pool, RowDataPacket } from "mysql2/promise";
import type { OrderEvidence, StoredOrder } from "./order-violations.ts";
import type { Witnesses } from "./witnesses.ts";

type StoredEvidence = Omit<OrderEvidence, "heard" | "cancelAsked">;

/**
 * Reads every order, and all that the ranking holds of the days on which any was paid.
 *
 * @param stock of each product before the first order
 */
export async function readOrders({ pool, redis, keys }: Witnesses, stock: number): Promise<StoredEvidence> {
  const [orders, uses, returning, products] = await Promise.all([
    readStoredOrders(pool),
    select(
      pool,
      "SELECT coupon_id AS couponId, user_id AS userId, order_id AS orderId FROM user_coupon WHERE status = 'USED'",
    ),
    select(pool, "SELECT order_id AS orderId FROM outbox WHERE kind = 'COUPON_RETURN'"),
    select(pool, "SELECT id, stock FROM product"),
  ]);
  const days = [...new Set(orders.flatMap(({ paidDay }) => (paidDay === undefined ? [] : [paidDay])))];
  return {
    orders,
    uses: uses.map(({ couponId, userId, orderId }) => ({
      couponId: String(couponId),
      userId: String(userId),
      orderId: String(orderId),
    })),
    returning: new Set(returning.map(({ orderId }) => String(orderId))),
    taken: new Map(products.map(({ id, stock: left }) => [String(id), stock - Number(left)])),
    sales: new Map(await Promise.all(days.map(async (day) => [day, await readSales(redis, keys, day)] as const))),
    counted: new Map(
      await Promise.all(
        days.map(async (day) => [day, new Map(Object.entries(await redis.hgetall(keys.ordersOfDay(day))))] as const),
      ),
    ),
  };
}

async function readSales(redis: RedisClient, keys: Keys, day: string): Promise<Map<string, number>> {
  const flat = await redis.zrange(keys.salesOfDay(day), "0", "-1", "WITHSCORES");
  const products = flat.filter((_, i) => i % 2 === 0);
  return new Map(products.map((productId, i) => [productId, Number(flat[2 * i + 1])]));
}

async function readStoredOrders(pool: Pool): Promise<StoredOrder[]> {
  const [orders, items] = await Promise.all([
    select(
      pool,
      "SELECT id, user_id AS userId, status, coupon_id AS couponId, paid_day AS paidDay FROM orders ORDER BY id",
    ),
    select(pool, "SELECT order_id AS orderId, product_id AS productId, quantity FROM order_item"),
  ]);
  const itemsOf = Map.groupBy(items, ({ orderId }) => String(orderId));
  return orders.map(({ id, userId, status, couponId, paidDay }) => ({
    id: String(id),
    userId: String(userId),
    status: status as StoredOrder["status"],
    couponId: couponId === null ? undefined : String(couponId),
    paidDay: paidDay === null ? undefined : String(paidDay),
    items: (itemsOf.get(String(id)) ?? []).map(({ productId, quantity }) => ({
      productId: String(productId),
      quantity: Number(quantity),
    })),
  }));
}

type Row = RowDataPacket & Record<string, string | number | null>;

async function select(pool: Pool, sql: string): Promise<Row[]> {
  const [rows] = await pool.query<Row[]>(sql);
  return rows;
}
