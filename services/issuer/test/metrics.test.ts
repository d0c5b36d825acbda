import { createLogger, createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { observeIssuing } from "../src/metrics.ts";

describe("the metrics of the issuer service", () => {
  // What is born at 1 has not increased, for Prometheus: the first of its kind would wake nobody.
  it.each(['firstcome_issuer_retries_total{why="UNEXPECTED"}'])(
    "say 0 before anything has happened: %s",
    async (series) => {
      const metrics = createMetrics({ name: "issuer" });
      observeIssuing(metrics, createLogger({ name: "issuer", level: "silent" }));
      expect((await metrics.registry.metrics()).split("\n")).toContain(
        `${series.replace("}", ',service="issuer"}')} 0`,
      );
    },
  );
});
