import { describe, expect, it } from "vitest";
import { fullJitterBackoff, TimeoutError, withTimeout } from "../src/index.ts";

describe("fullJitterBackoff", () => {
  it("doubles its ceiling with every attempt, up to a maximum", () => {
    const ceiling = fullJitterBackoff({ baseMs: 100, maxMs: 1_000, random: () => 1 });
    expect([0, 1, 2, 3, 4, 50, 5_000].map(ceiling)).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
    const half = fullJitterBackoff({ baseMs: 100, maxMs: 1_000, random: () => 0.5 });
    expect([0, 1, 9].map(half)).toEqual([50, 100, 500]);
  });
});

describe("withTimeout", () => {
  it("gives the outcome of work that is in time", async () => {
    expect(await withTimeout(Promise.resolve(7), 1_000, "counting")).toBe(7);
    await expect(withTimeout(Promise.reject(new Error("lost count")), 1_000, "counting")).rejects.toThrow("lost count");
  });

  it("throws a TimeoutError that names what took too long", async () => {
    const never = Promise.withResolvers<void>().promise;
    const failure = withTimeout(never, 5, "counting");
    await expect(failure).rejects.toThrow(TimeoutError);
    await expect(failure).rejects.toThrow("counting took longer than 5 ms");
  });
});
