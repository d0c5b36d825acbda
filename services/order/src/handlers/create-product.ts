import type { ProductService } from "@firstcome/contracts/order";
import type { Handler } from "@firstcome/rpc";
import type { ProductMaker } from "../domain/product.ts";
import { productMessage } from "./product-message.ts";
import { requestIdReused } from "./refusals.ts";

interface CreateDeps {
  readonly products: ProductMaker;
  readonly now: () => number;
}

export function createProduct(app: CreateDeps): Handler<typeof ProductService, "createProduct"> {
  return async ({ requestId, name, priceKrw, stock }) => {
    const product = { name, priceKrw: Number(priceKrw), stock, createdAt: app.now() };
    const made = await app.products.create(requestId, product);
    if (made === "REQUEST_ID_REUSED") throw requestIdReused(requestId);
    return { product: productMessage(made) };
  };
}
