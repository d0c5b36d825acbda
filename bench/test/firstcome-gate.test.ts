import { describe, expect, it } from "vitest";
import { brokenPromisesOf } from "../src/contestants/firstcome-gate/broken-promises.ts";

describe("Firstcome's gate by itself", () => {
  it("breaks a promise by each fault that a peer would only be told", () => {
    const name = "firstcome-gate";
    expect(brokenPromisesOf({ name, faults: { lost: 0, duplicated: 0, overIssued: 0 } })).toEqual([]);
    expect(brokenPromisesOf({ name, faults: { lost: 2, duplicated: 0, overIssued: 1 } })).toEqual([
      "firstcome-gate: lost: 2",
      "firstcome-gate: overIssued: 1",
    ]);
  });
});
