import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { PopularProductsSchema } from "@firstcome/contracts/ranking";
import { type PopularAnswer, type PopularQuery, STANDARD_QUERY } from "../domain/popular.ts";

/** What a request asks for: a zero stands for what is usual. */
export function queryOf({ top, days }: { top: number; days: number }): PopularQuery {
  return { top: top === 0 ? STANDARD_QUERY.top : top, days: days === 0 ? STANDARD_QUERY.days : days };
}

export function popularMessage({ popular, stale }: PopularAnswer): MessageInitShape<typeof PopularProductsSchema> {
  return {
    products: popular.products.map(({ productId, name, priceKrw, sold, rank }) => ({
      productId,
      name,
      priceKrw: BigInt(priceKrw),
      sold: BigInt(sold),
      rank,
    })),
    computedAt: timestampFromMs(popular.computedAt),
    stale,
  };
}
