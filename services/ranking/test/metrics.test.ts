import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { rankingMetrics } from "../src/metrics.ts";

describe("the metrics of the ranking service", () => {
  // What is born at 1 has not increased, for Prometheus: the first of its kind would wake nobody.
  it.each(['firstcome_ranking_looks_total{answer="STALE"}', 'firstcome_ranking_looks_total{answer="NONE"}'])(
    "say 0 before anything has happened: %s",
    async (series) => {
      const metrics = createMetrics({ name: "ranking" });
      rankingMetrics(metrics);
      expect((await metrics.registry.metrics()).split("\n")).toContain(
        `${series.replace("}", ',service="ranking"}')} 0`,
      );
    },
  );
});
