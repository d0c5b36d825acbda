import fc from "fast-check";
import { describe, it } from "vitest";
import { ACTIONS, LedgerWorld } from "./ledger-world.ts";

describe("a ledger, whatever happens to it", () => {
  it("gives a batch to one worker at a time, within its credit, and loses nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(), fc.nat()), { maxLength: 150, size: "max" }),
        (steps) => {
          const world = new LedgerWorld();
          for (const [action, a, b] of steps) world[action](a, b);
          world.finish();
        },
      ),
      { numRuns: 500 },
    );
  });
});
