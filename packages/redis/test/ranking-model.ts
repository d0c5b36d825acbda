import type { OrderSales } from "../src/index.ts";

/** What counting must do, in plain TypeScript: the oracle that record-sales.lua is held against. One day. */
export class RankingModel {
  readonly orders = new Map<string, "S" | "C">();
  readonly #sold = new Map<string, number>();

  /** Product → pieces, without those that come to nothing. */
  get sold(): Record<string, number> {
    return Object.fromEntries([...this.#sold].filter(([, pieces]) => pieces !== 0));
  }

  record(event: "PAID" | "CANCELLED", sales: OrderSales): boolean {
    const was = this.orders.get(sales.orderId);
    if (was === "C" || (was === "S" && event === "PAID")) return false;
    this.orders.set(sales.orderId, event === "PAID" ? "S" : "C");
    if (event === "CANCELLED" && was !== "S") return false;
    for (const [i, productId] of sales.productIds.entries()) {
      const pieces = sales.quantities[i] ?? 0;
      this.#sold.set(productId, (this.#sold.get(productId) ?? 0) + (event === "PAID" ? pieces : -pieces));
    }
    return true;
  }
}
