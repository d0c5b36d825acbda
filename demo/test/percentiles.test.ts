import { describe, expect, it } from "vitest";
import { percentiles } from "../src/percentiles.ts";

describe("percentiles", () => {
  it("are the nearest ranks, whatever the order", () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    expect(percentiles(values)).toEqual({ p50: 100, p99: 198 });
    expect(percentiles([7.129])).toEqual({ p50: 7.13, p99: 7.13 });
    expect(percentiles([])).toEqual({ p50: 0, p99: 0 });
  });
});
