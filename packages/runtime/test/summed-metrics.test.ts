import { describe, expect, it } from "vitest";
import { createMetrics } from "../src/index.ts";
import { SummedMetrics } from "../src/processes/summed-metrics.ts";

describe("a gauge of which the greatest counts", () => {
  it.each([
    { said: [2, 7], told: "7" },
    { said: [Number.NaN, 7], told: "7" },
    { said: [7, Number.NaN], told: "7" },
    { said: [Number.NaN, Number.NaN], told: "Nan" },
  ])("is $told when two processes say $said", async ({ said, told }) => {
    const answers = await Promise.all(
      said.map(async (age) => {
        const metrics = createMetrics({ name: "test" });
        metrics.gauge({ name: "age_seconds", help: "of the oldest", aggregator: "max" }).set(age);
        return [metrics, await metrics.registry.getMetricsAsJSON()] as const;
      }),
    );
    expect(await new SummedMetrics().sum(new Map(answers), [])).toMatch(new RegExp(`^age_seconds.* ${told}$`, "mi"));
  });
});
