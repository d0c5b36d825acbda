import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { orderMetrics } from "../src/metrics.ts";

describe("the metrics of the order service", () => {
  // What is born at 1 has not increased, for Prometheus: the first of its kind would wake nobody.
  it.each([
    'firstcome_outbox_failures_total{kind="SALES",why="REFUSED"}',
    'firstcome_outbox_failures_total{kind="COUPON_RETURN",why="REFUSED"}',
  ])("say 0 before anything has happened: %s", async (series) => {
    const metrics = createMetrics({ name: "order" });
    orderMetrics(metrics);
    expect((await metrics.registry.metrics()).split("\n")).toContain(`${series.replace("}", ',service="order"}')} 0`);
  });
});
