import type { Database } from "@firstcome/database";

/** What waits in the outbox of an order: "SALES PAID", "COUPON_RETURN", one for each row, earliest due first. */
export async function waiting(db: Database, orderId: string): Promise<string[]> {
  const rows = await db
    .em()
    .execute<{ kind: string; payload: string }[]>(
      "SELECT kind, payload FROM outbox WHERE order_id = ? ORDER BY due_at, id",
      [orderId],
    );
  return rows.map(({ kind, payload }) => [kind, JSON.parse(payload).event].filter(Boolean).join(" "));
}

/** How many messages wait at all. */
export async function waitingAtAll(db: Database): Promise<number> {
  const [row] = await db.em().execute<{ n: string }[]>("SELECT COUNT(*) AS n FROM outbox");
  return Number(row?.n);
}
