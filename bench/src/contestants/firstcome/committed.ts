import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "@firstcome/database";

const POLL_MS = 20;
/** As the demo: after so long without a new row, the rest counts as lost. */
const STALL_MS = 30_000;
/** More than all issuers hold at once: of the rows below, none can still be missing when the highest is there. */
const TAIL = 32_000;

/**
 * Waits until the rows 1 … `accepted` of a coupon are committed, or until no new one has come for `stallMs`. Looks at the highest
 * number only, until that is there: counting reads every row, and would be the larger part of the database's work.
 */
export async function untilCommitted(
  { pool }: Pick<Database, "pool">,
  couponId: string,
  accepted: number,
  stallMs = STALL_MS,
): Promise<void> {
  const floor = Math.max(0, accepted - TAIL);
  let seen = -1;
  let seenAt = performance.now();
  while (performance.now() - seenAt < stallMs) {
    const highest = await ask(pool, "SELECT COALESCE(MAX(issue_no), 0) AS n FROM user_coupon WHERE coupon_id = ?", [
      couponId,
    ]);
    const rows =
      highest < accepted
        ? highest
        : floor +
          (await ask(pool, "SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ? AND issue_no > ?", [
            couponId,
            String(floor),
          ]));
    if (highest >= accepted && rows >= accepted) return;
    if (rows !== seen) {
      seen = rows;
      seenAt = performance.now();
    }
    await pause(POLL_MS);
  }
}

async function ask(pool: Database["pool"], sql: string, values: string[]): Promise<number> {
  const [rows] = await pool.query(sql, values);
  return Number((rows as { n: string | number }[])[0]?.n);
}
