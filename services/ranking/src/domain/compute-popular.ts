import type { Calendar } from "./calendar.ts";
import type { Popular, PopularQuery } from "./popular.ts";
import { type ProductSales, rankProducts } from "./rank-products.ts";

export interface ComputeDeps {
  readonly sales: {
    /** Over these days. All that could be among the `top`, in any order: ties on the last place come whole. */
    best(days: readonly string[], top: number): Promise<{ productsSold: number; best: readonly ProductSales[] }>;
  };
  readonly products: {
    /** By product id; those that do not exist are left out. */
    find(productIds: readonly string[]): Promise<Map<string, { name: string; priceKrw: number }>>;
  };
  readonly calendar: Calendar;
}

export interface Computed {
  readonly popular: Popular;
  /** How many products were sold at all in the period. */
  readonly productsSold: number;
}

/**
 * Ranks what was sold over the last days, today included.
 *
 * @param now epoch ms
 * @throws UnavailableError when sales or products cannot be read
 */
export async function computePopular(deps: ComputeDeps, { top, days }: PopularQuery, now: number): Promise<Computed> {
  const { productsSold, best } = await deps.sales.best(deps.calendar.lastDays(now, days), top);
  const ranked = rankProducts(best, top);
  const details = await deps.products.find(ranked.map(({ productId }) => productId));
  const products = ranked.flatMap((sales) => {
    const product = details.get(sales.productId);
    return product ? [{ ...sales, ...product }] : [];
  });
  return {
    popular: { products: products.map((product, i) => ({ ...product, rank: i + 1 })), computedAt: now },
    productsSold,
  };
}
