import type { ProductService } from "@firstcome/contracts/order";
import type { Handler } from "@firstcome/rpc";
import type { Product } from "../domain/product.ts";
import { productMessage } from "./product-message.ts";
import { productNotFound } from "./refusals.ts";

interface GetDeps {
  readonly products: { find(productId: string): Promise<Product | undefined> };
}

export function getProduct(app: GetDeps): Handler<typeof ProductService, "getProduct"> {
  return async ({ productId }) => {
    const product = await app.products.find(productId);
    if (!product) throw productNotFound(productId);
    return { product: productMessage(product) };
  };
}
