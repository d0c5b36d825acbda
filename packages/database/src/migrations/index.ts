import { coupons } from "./0001-coupons.ts";
import { orders } from "./0002-orders.ts";
import { oneKeyOfWinners } from "./0003-one-key-of-winners.ts";
import { completedCoupons } from "./0004-completed-coupons.ts";
import { completedRows } from "./0005-completed-rows.ts";
import { outboxByDue } from "./0006-outbox-by-due.ts";
import type { Migration } from "./migration.ts";

/** In the order in which they run. */
export const migrations: readonly Migration[] = [
  coupons,
  orders,
  oneKeyOfWinners,
  completedCoupons,
  completedRows,
  outboxByDue,
];
