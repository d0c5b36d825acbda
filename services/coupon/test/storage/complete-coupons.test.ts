import { FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { CompleteCoupons } from "../../src/storage/complete-coupons.ts";

describe("CompleteCoupons", () => {
  it("are believed to be for a minute, or until they are in the gate again", () => {
    const clock = new FakeClock(0);
    const complete = new CompleteCoupons(() => clock.now());
    complete.add("1");
    complete.add("2");

    complete.loaded("2");
    clock.advance(59_999);
    expect(["1", "2", "3"].map((id) => complete.has(id))).toEqual([true, false, false]);
    clock.advance(1);

    expect(complete.has("1")).toBe(false);
  });
});
