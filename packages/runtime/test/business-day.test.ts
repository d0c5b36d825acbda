import { describe, expect, it } from "vitest";
import { businessDay, businessDayBefore } from "../src/index.ts";

describe("businessDay", () => {
  it("begins at midnight in the shop's zone", () => {
    const midnight = Date.UTC(2026, 10, 21, 15); // 00:00 of the 22nd in Seoul
    expect(businessDay(midnight - 1, "Asia/Seoul")).toBe("20261121");
    expect(businessDay(midnight, "Asia/Seoul")).toBe("20261122");
    expect(businessDay(midnight, "UTC")).toBe("20261121");
    expect(businessDay(midnight, "America/New_York")).toBe("20261121");
  });

  it("pads what is short", () => {
    expect(businessDay(Date.UTC(2027, 0, 2, 3), "Asia/Seoul")).toBe("20270102");
  });

  it("follows the hour that a zone skips and repeats", () => {
    expect(businessDay(Date.parse("2026-03-08T04:59:59Z"), "America/New_York")).toBe("20260307");
    expect(businessDay(Date.parse("2026-03-08T05:00:00Z"), "America/New_York")).toBe("20260308");
    expect(businessDay(Date.parse("2026-03-09T03:59:59Z"), "America/New_York")).toBe("20260308");
    expect(businessDay(Date.parse("2026-03-09T04:00:00Z"), "America/New_York")).toBe("20260309");
  });

  it("refuses a zone that does not exist", () => {
    expect(() => businessDay(0, "Asia/Atlantis")).toThrow(RangeError);
  });
});

describe("businessDayBefore", () => {
  it("knows months, years and leap days", () => {
    expect(businessDayBefore("20261121", 0)).toBe("20261121");
    expect(businessDayBefore("20260301", 1)).toBe("20260228");
    expect(businessDayBefore("20280301", 1)).toBe("20280229");
    expect(businessDayBefore("20270101", 2)).toBe("20261230");
  });

  it("counts back day by day where no hour is skipped", () => {
    const noon = Date.UTC(2028, 5, 1, 3);
    for (let days = 0; days <= 800; days += 1) {
      expect(businessDayBefore("20280601", days)).toBe(businessDay(noon - days * 86_400_000, "Asia/Seoul"));
    }
  });
});
