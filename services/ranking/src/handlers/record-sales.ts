import { type RankingService, SalesEvent } from "@firstcome/contracts/ranking";
import type { Handler } from "@firstcome/rpc";
import type { App } from "../app.ts";
import { assertDay } from "./assert-day.ts";

export function recordSales(
  app: Pick<App, "sales" | "calendar" | "onRecorded">,
): Handler<typeof RankingService, "recordSales"> {
  return async ({ orderId, day, event, productIds, quantities }) => {
    assertDay(app.calendar, day);
    const what = event === SalesEvent.PAID ? "PAID" : "CANCELLED";
    const counted = await app.sales.record(day, what, { orderId, productIds, quantities });
    app.onRecorded(what, counted);
    return { counted };
  };
}
