import type { BestSales, CountedLately, OrderSales, RebuildResult, SalesRanking } from "@firstcome/redis";
import type { ComputeDeps } from "../domain/compute-popular.ts";
import { askRedis } from "./faults.ts";

type Sales = ComputeDeps["sales"];

/** What was sold, by business day, in Redis. All methods throw UnavailableError. */
export class RedisSales implements Sales {
  readonly #ranking: SalesRanking;

  constructor(ranking: SalesRanking) {
    this.#ranking = ranking;
  }

  /** Counts an order, or takes it back, once. False: nothing changed. */
  record(day: string, event: "PAID" | "CANCELLED", sales: OrderSales): Promise<boolean> {
    return askRedis(() => this.#ranking.record(day, event, sales));
  }

  best(days: readonly string[], top: number, lately: CountedLately): Promise<BestSales> {
    return askRedis(() => this.#ranking.best(days, top, lately));
  }

  /** Counts a day anew. What reading the orders throws, it throws. */
  rebuild(day: string, paidOrders: AsyncIterable<readonly OrderSales[]>): Promise<RebuildResult> {
    return askRedis(() => this.#ranking.rebuild(day, paidOrders));
  }
}
