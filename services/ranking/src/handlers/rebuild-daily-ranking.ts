import type { RankingAdminService } from "@firstcome/contracts/ranking";
import { aborted, type Handler, unavailable } from "@firstcome/rpc";
import type { App } from "../app.ts";
import { assertDay } from "./assert-day.ts";

export function rebuildDailyRanking(
  app: Pick<App, "sales" | "paidOrders" | "calendar">,
): Handler<typeof RankingAdminService, "rebuildDailyRanking"> {
  return async ({ day }, ctx) => {
    assertDay(app.calendar, day);
    const result = await app.sales.rebuild(day, app.paidOrders.on(day, ctx));
    if (result.rebuilt) {
      const { orders, products } = result;
      ctx.log.info({ day, orders, products }, "a day of the ranking is rebuilt");
      return { orders, products };
    }
    if (result.why === "REBUILDING_ELSEWHERE") {
      throw aborted("REBUILD_RUNNING", "somebody else rebuilds this day", { day });
    }
    throw unavailable("REDIS_UNAVAILABLE", "Redis has lost the rebuild half-way; nothing was changed", RETRY_AFTER_MS);
  };
}

const RETRY_AFTER_MS = 500;
