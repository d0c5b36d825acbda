import type { FirstcomeClient } from "@firstcome/client";
import { businessDay, businessDayBefore } from "@firstcome/runtime";
import { RANKED_DAYS } from "./check-ranking.ts";

/** Counts the ranked days anew from the paid orders: MySQL may hold sales of an earlier run, whose Redis was thrown away. */
export async function restoreRanking(client: FirstcomeClient, timeZone: string): Promise<void> {
  const today = businessDay(Date.now(), timeZone);
  for (let back = 0; back < RANKED_DAYS; back++) {
    await client.rankingAdmin.rebuildDailyRanking({ day: businessDayBefore(today, back) });
  }
}
