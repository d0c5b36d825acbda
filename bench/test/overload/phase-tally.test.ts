import { describe, expect, it } from "vitest";
import { PhaseTally } from "../../src/overload/phase-tally.ts";

const NOTHING = { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };

describe("the tally of a phase", () => {
  it("is of nobody to begin with", () => {
    expect(new PhaseTally().count()).toEqual({
      served: 0,
      refused: 0,
      failed: {},
      gaveUp: 0,
      servedInSecond: [],
      refusedInSecond: [],
      servedMs: NOTHING,
      servedSentMs: NOTHING,
      refusedSentMs: NOTHING,
    });
  });

  it("counts who was served, who was refused and who gave up", () => {
    const tally = new PhaseTally();
    for (let i = 0; i < 3; i += 1) tally.served(10, { dueAt: 0, sentAt: 5 });
    for (let i = 0; i < 2; i += 1) tally.refused(10, { sentAt: 5 });
    tally.gaveUp();
    for (const how of ["UNAVAILABLE", "INTERNAL", "UNAVAILABLE"]) tally.failed(how);

    const failed = { UNAVAILABLE: 2, INTERNAL: 1 };
    expect(tally.count()).toMatchObject({ served: 3, refused: 2, gaveUp: 1, failed });
  });

  it("counts answers in the second in which they came, with zeros for those without any", () => {
    const tally = new PhaseTally();
    for (const at of [3_999.9, 1_000, 1_500, 4_000]) tally.served(at, { dueAt: 0, sentAt: 0 });
    tally.refused(2_345, { sentAt: 0 });

    expect(tally.count()).toMatchObject({ servedInSecond: [0, 2, 0, 1, 1], refusedInSecond: [0, 0, 1] });
  });

  it("takes the time of who was served from when the caller came and from when its call was sent, of who was refused from the latter", () => {
    const tally = new PhaseTally();
    for (let ms = 1; ms <= 100; ms += 1) {
      tally.served(1_000 + ms, { dueAt: 500, sentAt: 1_000 });
      tally.refused(2_000 + 2 * ms, { sentAt: 2_000 });
    }

    const { servedMs, servedSentMs, refusedSentMs } = tally.count();
    // Histograms keep three digits.
    expect(near(servedMs.p50)).toBe(550);
    expect(near(servedMs.max)).toBe(600);
    expect(near(servedSentMs.p50)).toBe(50);
    expect(near(servedSentMs.p99)).toBe(99);
    expect(near(refusedSentMs.p90)).toBe(180);
    expect(near(refusedSentMs.max)).toBe(200);
  });

  it("gives a count that later answers do not change", () => {
    const tally = new PhaseTally();
    tally.served(10, { dueAt: 0, sentAt: 0 });
    const before = tally.count();
    tally.served(20, { dueAt: 0, sentAt: 0 });

    expect(before).toMatchObject({ served: 1, servedInSecond: [1] });
  });
});

function near(ms: number): number {
  return Math.round(ms);
}
