import { describe, expect, it } from "vitest";
import { afterDeath } from "../../src/processes/replacement.ts";

const backoff = (attempt: number): number => 100 * 2 ** attempt;

describe("afterDeath", () => {
  it("replaces those that die young ever more slowly, and gives up at the fifth in a row when nobody is left", () => {
    expect(deathsInARow(5, { upForMs: undefined, othersUp: 0 })).toEqual([100, 200, 400, 800, "give-up"]);
    expect(deathsInARow(5, { upForMs: 9_999, othersUp: 0 })).toEqual([100, 200, 400, 800, "give-up"]);
  });

  it("goes on trying while others serve", () => {
    expect(deathsInARow(7, { upForMs: undefined, othersUp: 1 })).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400]);
  });

  it("begins anew with one that had lived for long", () => {
    expect(afterDeath(4, { upForMs: 10_000, othersUp: 0 }, backoff)).toEqual({
      youngDeaths: 1,
      next: { kind: "fork", afterMs: 100 },
    });
  });
});

function deathsInARow(times: number, death: Parameters<typeof afterDeath>[1]): (number | "give-up")[] {
  let youngDeaths = 0;
  return Array.from({ length: times }, () => {
    const { youngDeaths: sofar, next } = afterDeath(youngDeaths, death, backoff);
    youngDeaths = sofar;
    return next.kind === "fork" ? next.afterMs : next.kind;
  });
}
