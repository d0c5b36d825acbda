/** Something to buy. */
export interface Product {
  id: string;
  name: string;
  priceKrw: number;
  /** Pieces left. */
  stock: number;
  /** Epoch ms. */
  createdAt: number;
}

export type NewProduct = Omit<Product, "id">;

/** The most pieces that there can be of a product. */
export const MAX_STOCK = 1_000_000_000;

/** Where products are made and stocked. A request id makes each happen once. */
export interface ProductMaker {
  create(requestId: string, product: NewProduct): Promise<Product | "REQUEST_ID_REUSED">;
  /** Adds pieces up to {@link MAX_STOCK}. */
  addStock(
    requestId: string,
    productId: string,
    pieces: number,
  ): Promise<Product | "REQUEST_ID_REUSED" | "UNKNOWN_PRODUCT" | "TOO_MANY">;
}
