import type { ProductService } from "@firstcome/contracts/order";
import { DECIMAL, DEFAULT_PAGE_SIZE, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { Product } from "../domain/product.ts";
import { productMessage } from "./product-message.ts";

interface ListDeps {
  readonly products: { page(page: { after?: string | undefined; limit: number }): Promise<Product[]> };
}

export function listProducts(app: ListDeps): Handler<typeof ProductService, "listProducts"> {
  return async ({ pageSize, pageToken }) => {
    const limit = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const [after] = readPageToken(pageToken, [DECIMAL]) ?? [];
    // One more than asked for tells whether there is another page.
    const products = await app.products.page({ after, limit: limit + 1 });
    const page = products.slice(0, limit);
    const last = products.length > limit ? page.at(-1) : undefined;
    return { products: page.map(productMessage), nextPageToken: last ? writePageToken([last.id]) : "" };
  };
}
