import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createLogger, createMetrics, watchDurability } from "../src/index.ts";

describe("watchDurability", () => {
  it("says each warning once while it lasts, and counts those that there are now", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const lines: string[] = [];
    const log = createLogger({
      name: "test",
      level: "info",
      destination: { write: (line: string) => void lines.push(line) },
    });
    const metrics = createMetrics({ name: "test" });
    const found = [["a", "b"], ["b"], ["b", "c"], []];
    const watch = await watchDurability({ check: async () => found.shift() ?? [], log, metrics });
    const seen = [await warnings()];
    for (let pass = 0; pass < 3; pass += 1) {
      await vi.advanceTimersByTimeAsync(600_000);
      seen.push(await warnings());
    }
    await watch.stop();

    expect(seen).toEqual([2, 1, 2, 0]);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["a", "b", "c"]);

    async function warnings(): Promise<number | undefined> {
      const metric = await metrics.registry.getSingleMetric("firstcome_durability_warnings")?.get();
      return metric?.values[0]?.value;
    }
  });
});
