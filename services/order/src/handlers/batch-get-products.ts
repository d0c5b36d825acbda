import type { ProductService } from "@firstcome/contracts/order";
import type { Handler } from "@firstcome/rpc";
import type { Product } from "../domain/product.ts";
import { productMessage } from "./product-message.ts";

interface GetDeps {
  readonly products: { findAll(productIds: readonly string[]): Promise<Product[]> };
}

export function batchGetProducts(app: GetDeps): Handler<typeof ProductService, "batchGetProducts"> {
  return async ({ productIds }) => {
    const products = await app.products.findAll(productIds);
    const productOf = new Map(products.map((product) => [product.id, product]));
    return {
      products: productIds.flatMap((id) => {
        const product = productOf.get(id);
        return product ? [productMessage(product)] : [];
      }),
    };
  };
}
