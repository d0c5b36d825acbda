import { describe, expect, it } from "vitest";
import { isLinkFault } from "../src/plan/fault.ts";
import { makePlan } from "../src/plan/make-plan.ts";
import { endsOf } from "../src/topology.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed * 21_474_836);

describe("makePlan", () => {
  it("plans the same faults for the same seed, and others for another", () => {
    expect(makePlan(42, 90)).toEqual(makePlan(42, 90));
    expect(makePlan(42, 90)).not.toEqual(makePlan(43, 90));
  });

  it("plans what it planned before this line was written: a seed in a bug report stays good", () => {
    expect(makePlan(42, 90).slice(0, 3)).toMatchInlineSnapshot(`
      [
        {
          "atMs": 1326,
          "kind": "refuse",
          "lastsMs": 1392,
          "no": 1,
          "target": "callers>coupon-2",
        },
        {
          "atMs": 3305,
          "kind": "refuse",
          "lastsMs": 3420,
          "no": 2,
          "target": "dispatcher-1>redis",
        },
        {
          "atMs": 3680,
          "kind": "cut",
          "lastsMs": 0,
          "no": 3,
          "target": "issuer-3>mysql",
        },
      ]
    `);
  });

  it("has at least 30 faults of every kind in 90 seconds, within them and in the order of their instants", () => {
    for (const seed of SEEDS) {
      const plan = makePlan(seed, 90);
      expect(plan.length).toBeGreaterThanOrEqual(30);
      expect(new Set(plan.map(({ kind }) => kind)).size).toBe(8);
      expect(plan.map(({ no }) => no)).toEqual(plan.map((_, i) => i + 1));
      const instants = plan.map(({ atMs }) => atMs);
      expect(instants).toEqual(instants.toSorted((one, other) => one - other));
      expect(Math.max(...instants)).toBeLessThan(90_000);
    }
  });

  it("kills, freezes and restarts each kind of process in 90 seconds, breaks the ways to each, and has rows refused", () => {
    for (const seed of SEEDS) {
      const hit = new Set(
        makePlan(seed, 90).map((fault) => {
          const name = isLinkFault(fault) ? `way to ${endsOf(fault.target).to}` : `${fault.kind} ${fault.target}`;
          return name.replace(/-\d$/, "");
        }),
      );
      for (const process of ["coupon", "dispatcher", "issuer", "order", "ranking", "redis", "mysql"]) {
        for (const kind of ["kill", "freeze", "restart"]) expect(hit).toContain(`${kind} ${process}`);
      }
      for (const process of ["coupon", "dispatcher", "redis", "mysql"]) expect(hit).toContain(`way to ${process}`);
      expect(hit).toContain("refuse-rows mysql");
    }
  });

  it("plans for any time", () => {
    expect(makePlan(7, 10)).toHaveLength(2);
    expect(makePlan(7, 3_600).length).toBeGreaterThan(1_500);
  });
});
