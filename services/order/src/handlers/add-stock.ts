import type { ProductService } from "@firstcome/contracts/order";
import { failedPrecondition, type Handler } from "@firstcome/rpc";
import { MAX_STOCK, type ProductMaker } from "../domain/product.ts";
import { productMessage } from "./product-message.ts";
import { productNotFound, requestIdReused } from "./refusals.ts";

export function addStock(app: { products: ProductMaker }): Handler<typeof ProductService, "addStock"> {
  return async ({ requestId, productId, quantity }) => {
    const added = await app.products.addStock(requestId, productId, quantity);
    if (added === "REQUEST_ID_REUSED") throw requestIdReused(requestId);
    if (added === "UNKNOWN_PRODUCT") throw productNotFound(productId);
    if (added === "TOO_MANY") {
      const message = `a product cannot have more than ${MAX_STOCK} pieces`;
      throw failedPrecondition("STOCK_TOO_LARGE", message, { product_id: productId });
    }
    return { product: productMessage(added) };
  };
}
