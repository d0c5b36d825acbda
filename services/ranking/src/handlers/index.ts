import { RankingAdminService, RankingService } from "@firstcome/contracts/ranking";
import { implement, type ServiceImplementation } from "@firstcome/rpc";
import type { App } from "../app.ts";
import { answering, streaming } from "./answering.ts";
import { getPopularProducts } from "./get-popular-products.ts";
import { rebuildDailyRanking } from "./rebuild-daily-ranking.ts";
import { recordSales } from "./record-sales.ts";
import { refreshPopularProducts } from "./refresh-popular-products.ts";
import { watchPopularProducts } from "./watch-popular-products.ts";

/** All methods of the ranking service. */
export function rankingServices(app: App): ServiceImplementation[] {
  return [
    implement(RankingService, {
      getPopularProducts: answering(getPopularProducts(app)),
      watchPopularProducts: streaming(watchPopularProducts(app)),
      recordSales: answering(recordSales(app)),
    }),
    implement(RankingAdminService, {
      refreshPopularProducts: answering(refreshPopularProducts(app)),
      rebuildDailyRanking: answering(rebuildDailyRanking(app)),
    }),
  ];
}
