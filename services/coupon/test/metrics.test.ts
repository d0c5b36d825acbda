import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { couponMetrics } from "../src/metrics.ts";

describe("the metrics of the coupon service", () => {
  // What is born at 1 has not increased, for Prometheus: the first of its kind would wake nobody.
  it.each([
    'firstcome_issue_batches_failed_total{reason="INTERNAL"}',
    'firstcome_issue_batches_failed_total{reason="GATE_UNAVAILABLE"}',
    'firstcome_issue_batches_failed_total{reason="DATABASE_UNAVAILABLE"}',
    'firstcome_issue_batches_failed_total{reason="GATE_QUEUE_FULL"}',
    'firstcome_closed_gate_reads_total{result="TOO_LARGE"}',
  ])("say 0 before anything has happened: %s", async (series) => {
    const metrics = createMetrics({ name: "coupon" });
    couponMetrics(metrics);
    expect((await metrics.registry.metrics()).split("\n")).toContain(`${series.replace("}", ',service="coupon"}')} 0`);
  });
});
