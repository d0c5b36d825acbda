import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { DispatchMeter } from "../../src/dispatch/dispatch-meter.ts";

describe("the metrics of the dispatcher service", () => {
  // What is born at 1 has not increased, for Prometheus: the first of its kind would wake nobody.
  it.each([
    'firstcome_dispatch_failures_total{kind="nack"}',
    'firstcome_dispatch_failures_total{kind="crash"}',
    'firstcome_dispatch_failures_total{kind="deadline"}',
  ])("say 0 before anything has happened: %s", async (series) => {
    const metrics = createMetrics({ name: "dispatcher" });
    void new DispatchMeter(metrics);
    expect((await metrics.registry.metrics()).split("\n")).toContain(
      `${series.replace("}", ',service="dispatcher"}')} 0`,
    );
  });
});
