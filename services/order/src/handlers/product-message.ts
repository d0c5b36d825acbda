import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ProductSchema } from "@firstcome/contracts/order";
import type { Product } from "../domain/product.ts";

export function productMessage(product: Product): MessageInitShape<typeof ProductSchema> {
  const { id, name, priceKrw, stock, createdAt } = product;
  return { id, name, priceKrw: BigInt(priceKrw), stock, createdAt: timestampFromMs(createdAt) };
}
