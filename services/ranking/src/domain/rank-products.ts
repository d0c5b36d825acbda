/** A product and the pieces sold of it. */
export interface ProductSales {
  readonly productId: string;
  readonly sold: number;
}

/** Most sold first; equal sales by product id, as a number, so that the order does not depend on how they were found. */
export function rankProducts(sales: readonly ProductSales[], top: number): ProductSales[] {
  return sales.toSorted((a, b) => b.sold - a.sold || compareIds(a.productId, b.productId)).slice(0, top);
}

/** Ids go beyond what a JavaScript number holds; without leading zeros the longer one is the greater. */
function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}
