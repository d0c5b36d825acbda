import { describe, expect, it } from "vitest";
import { NumbersSeen } from "../src/gate/numbers-seen.ts";

describe("NumbersSeen", () => {
  it("remembers the last thousand coupons whose numbers moved", () => {
    const seen = new NumbersSeen();
    const note = (coupon: number, nextNo: number): void =>
      seen.note(String(coupon), { nextNo, load: "one", buckets: 3 });
    for (let coupon = 1; coupon <= 1_000; coupon += 1) note(coupon, 1);
    note(1, 2);
    note(2, 1);

    note(1_001, 1);

    expect(seen.of("1")).toEqual({ nextNo: 2, load: "one", buckets: 3, over: [] });
    expect(seen.of("2")).toBeUndefined();
    expect(seen.of("3")).toEqual({ nextNo: 1, load: "one", buckets: 3, over: [] });
    expect(seen.of("1001")).toEqual({ nextNo: 1, load: "one", buckets: 3, over: [] });
  });

  it("remembers the last four loads that another has followed", () => {
    const seen = new NumbersSeen();
    const noted = (nextNo: number, load: string) => {
      seen.note("7", { nextNo, load, buckets: 3 });
      return seen.of("7");
    };

    expect(noted(1, "a")?.over).toEqual([]);
    expect(noted(2, "a")?.over).toEqual([]);
    expect(noted(2, "b")?.over).toEqual(["a"]);
    expect(noted(3, "b")?.over).toEqual(["a"]);
    for (const load of ["c", "d", "e"]) noted(3, load);
    expect(noted(1, "f")).toEqual({ nextNo: 1, load: "f", buckets: 3, over: ["e", "d", "c", "b"] });
  });
});
