import type { Metrics } from "@firstcome/runtime";
import type { Look } from "./popular/popular-answers.ts";

/** What the ranking service counts, besides what the RPC server and the loops do. */
export interface RankingMetrics {
  readonly onRecorded: (event: "PAID" | "CANCELLED", counted: boolean) => void;
  readonly onLook: (look: Look) => void;
}

const LOOKS: readonly Look[] = ["CACHE", "COMPUTED", "STALE", "NONE"];

export function rankingMetrics(metrics: Metrics): RankingMetrics {
  const recorded = metrics.counter({
    name: "firstcome_ranking_sales_total",
    help: "Orders recorded, by what became of them and whether they changed the ranking",
    labelNames: ["event", "counted"],
  });
  const looks = metrics.counter({
    name: "firstcome_ranking_looks_total",
    help: "Looks beyond the memory of the process for the popular products, by where the answer came from",
    labelNames: ["answer"],
  });
  // Alerts look at how a series grows: one that is born at 1, and not at 0, has not grown.
  for (const answer of LOOKS) looks.inc({ answer }, 0);
  return {
    onRecorded: (event, counted) => recorded.inc({ event, counted: String(counted) }),
    onLook: (answer) => looks.inc({ answer }),
  };
}
