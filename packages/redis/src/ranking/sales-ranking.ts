import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import type { OrderSales } from "./order-sales.ts";
import { rebuildDay } from "./rebuild-day.ts";
import type { RebuildResult } from "./rebuild-day.ts";
import { recordSales } from "./record-sales.ts";
import { unionDays } from "./union-days.ts";
import type { BestSales, CountedLately } from "./union-days.ts";

/** What was sold, by product and business day (`yyyymmdd`). All methods throw what Redis or the connection says. */
export class SalesRanking {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor({ redis, keys }: { readonly redis: RedisClient; readonly keys: Keys }) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Counts an order, or takes it back; see `recordSales`. False: nothing changed. */
  record(day: string, event: "PAID" | "CANCELLED", sales: OrderSales): Promise<boolean> {
    return recordSales(this.#redis, this.#keys, day, event, sales);
  }

  /** The `top` products over these days; see `unionDays`. */
  best(days: readonly string[], top: number, lately: CountedLately): Promise<BestSales> {
    return unionDays(this.#redis, this.#keys, days, top, lately);
  }

  /** Counts a day anew from the database; see `rebuildDay`. */
  rebuild(day: string, paidOrders: AsyncIterable<readonly OrderSales[]>): Promise<RebuildResult> {
    return rebuildDay(this.#redis, this.#keys, day, paidOrders);
  }
}
