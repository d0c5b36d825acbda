import { type Database, fromDatetime } from "@firstcome/database";

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

/** When the last message about an order is due, in epoch ms by the clock of the database. */
export async function lastDue(db: Database, orderId: string): Promise<number> {
  const [row] = await db
    .em()
    .execute<{ due: string | null }[]>("SELECT MAX(due_at) AS due FROM outbox WHERE order_id = ?", [orderId]);
  if (!row?.due) throw new Error(`nothing waits in the outbox of order ${orderId}`);
  return fromDatetime(row.due);
}

/** What waits was written so much longer ago: its times are the database's, which no test can set. */
export async function letPass(db: Database, ms: number): Promise<void> {
  await db.pool.query(
    `UPDATE outbox SET due_at = due_at - INTERVAL ? MICROSECOND, next_attempt_at = next_attempt_at - INTERVAL ? MICROSECOND`,
    [ms * 1_000, ms * 1_000],
  );
}
