/** What one order sold, in columns. */
export interface OrderSales {
  readonly orderId: string;
  /** Each product once. */
  readonly productIds: readonly string[];
  /** Pieces, one number for each product. */
  readonly quantities: readonly number[];
}
