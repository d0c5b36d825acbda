import type { Calendar } from "./calendar.ts";
import type { Popular, PopularQuery } from "./popular.ts";
import { type ProductSales, rankProducts } from "./rank-products.ts";

export interface ComputeDeps {
  readonly sales: {
    /** Over these days. All that could be among the `top`, in any order: ties on the last place come whole. */
    best(
      days: readonly string[],
      top: number,
      lately: CountedLately,
    ): Promise<{ productsSold: number; best: readonly ProductSales[]; countedAt: number }>;
  };
  readonly products: {
    /** By product id; those that do not exist are left out. */
    find(productIds: readonly string[]): Promise<Map<string, { name: string; priceKrw: number }>>;
  };
  readonly calendar: Calendar;
}

/** How new what was sold has to be. */
export interface CountedLately {
  /** Epoch ms. */
  readonly now: number;
  /** Sales until less than so many ms before `now` will do, and cost no new sum. 0: until `now`. */
  readonly maxAgeMs: number;
}

export interface Computed {
  readonly popular: Popular;
  /** How many products were sold at all in the period. */
  readonly productsSold: number;
}

/**
 * Ranks what was sold over the last days, today included.
 *
 * The ranking is as old as the sum that it was made from: whoever asks for another kind of it gets no younger one.
 *
 * @throws UnavailableError when sales or products cannot be read
 */
export async function computePopular(
  deps: ComputeDeps,
  { top, days }: PopularQuery,
  lately: CountedLately,
): Promise<Computed> {
  const period = deps.calendar.lastDays(lately.now, days);
  const { productsSold, best, countedAt } = await deps.sales.best(period, top, lately);
  const ranked = rankProducts(best, top);
  const details = await deps.products.find(ranked.map(({ productId }) => productId));
  const products = ranked.flatMap((sales) => {
    const product = details.get(sales.productId);
    return product ? [{ ...sales, ...product }] : [];
  });
  return {
    popular: { products: products.map((product, i) => ({ ...product, rank: i + 1 })), computedAt: countedAt },
    productsSold,
  };
}
