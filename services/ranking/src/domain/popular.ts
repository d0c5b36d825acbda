/** Which ranking: how many products, over how many business days up to now. */
export interface PopularQuery {
  readonly top: number;
  readonly days: number;
}

/** What is asked for unless something else is. */
export const STANDARD_QUERY: PopularQuery = { top: 5, days: 3 };

/** For maps: equal for equal queries. */
export function keyOf({ top, days }: PopularQuery): string {
  return `${top}/${days}`;
}

export interface PopularProduct {
  readonly productId: string;
  readonly name: string;
  /** For one piece. */
  readonly priceKrw: number;
  /** Pieces in the period. */
  readonly sold: number;
  /** 1 for the best. */
  readonly rank: number;
}

/** The best-selling products, best first. */
export interface Popular {
  readonly products: readonly PopularProduct[];
  /** Epoch ms. */
  readonly computedAt: number;
}

/** What a caller is told. Stale: it could not be brought up to date. */
export interface PopularAnswer {
  readonly popular: Popular;
  readonly stale: boolean;
}
