import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureCurves } from "../src/contestants/curves.ts";
import { startEcho } from "../src/contestants/echo/echo.ts";
import { type Firstcome, startFirstcome } from "../src/contestants/firstcome/firstcome.ts";
import { runCoupon } from "../src/contestants/firstcome/run-coupon.ts";
import { Generator } from "../src/load/generator.ts";
import { listPerWorker } from "../src/peers/list-per-worker/peer.ts";
import { runPeer } from "../src/peers/run-peer.ts";
import { TimeBudget } from "../src/time-budget.ts";

const say = (): void => {};
const standing = new AsyncDisposableStack();
let firstcome: Firstcome;
let generator: Generator;

beforeAll(async () => {
  generator = standing.use(new Generator());
  firstcome = standing.use(await startFirstcome(say, { onHeld: say, onViolation: say }));
});
afterAll(async () => await standing.disposeAsync());

describe("a run of firstcome-stream", () => {
  it("ends with a row for each user, its promises kept, and the CPU of each process", async () => {
    const order = { method: "stream", first: 0, users: 600, connections: 2 } as const;
    const pace = { kind: "closed", asks: 4, batch: 50 } as const;
    const run = await runCoupon(firstcome, generator, { ...order, pace }, { watchLag: true });
    expect([run.accepted, run.rows, run.violations]).toEqual([600, 600, []]);
    expect(run.issuedLagMs).toBeDefined();
    expect(Object.keys(run.cpuUsPerCoupon.byProcess).toSorted()).toEqual([
      "coupon",
      "dispatcher",
      "issuer",
      "mysql",
      "redis",
    ]);
  });
});

describe("the curves", () => {
  const plan = { pointMs: 100, shares: [0.5, 1], rates: [200] };

  it("have a point for every rate and every share of a peak, none for what has no peak", async () => {
    const peaks = { echo: 1_000, unary: undefined, stream: 400 };
    await using echo = await startEcho();
    const stand = { echo, firstcome, generator };
    const { cpuByRate, latencyByLoad } = await measureCurves(
      stand,
      { peaks, plan, budget: new TimeBudget(Number.POSITIVE_INFINITY) },
      say,
    );
    const offered = (curve: typeof cpuByRate) =>
      Object.entries(curve).map(([name, points]) => [name, points.map(({ offeredPerSecond }) => offeredPerSecond)]);
    expect(offered(cpuByRate)).toEqual([["firstcome-stream", [200]]]);
    expect(offered(latencyByLoad)).toEqual([
      ["firstcome-stream", [200, 400]],
      ["echo", [500, 1_000]],
    ]);
    for (const { achievedPerSecond } of [...Object.values(latencyByLoad), ...Object.values(cpuByRate)].flat()) {
      expect(achievedPerSecond).toBeGreaterThan(0);
    }
  });

  it("are left out when no time is left", async () => {
    const peaks = { echo: 1_000, unary: 1_000, stream: 1_000 };
    const left: string[] = [];
    await using echo = await startEcho();
    const stand = { echo, firstcome, generator };
    const curves = await measureCurves(stand, { peaks, plan, budget: new TimeBudget(0) }, (line) => left.push(line));
    expect(curves).toEqual({ cpuByRate: {}, latencyByLoad: {} });
    expect(left).toHaveLength(7);
  });
});

describe("a run of a peer", () => {
  it("ends with a row for each user, and tells what its fault costs", async () => {
    const kill = { afterRows: 100, workers: 1, restartMs: 0 };
    const fault = { title: "a worker dies", warmUpUsers: 50, users: 5_000, kill };
    const result = await runPeer({ ...listPerWorker, fault }, { users: 400, windows: 2, warmUpUsers: 100, say });
    expect([result.accepted, result.rows, result.faults]).toEqual([
      200,
      200,
      { lost: 0, duplicated: 0, overIssued: 0 },
    ]);
    expect(result.faultExperiment).toMatchObject({ duplicated: 0, overIssued: 0 });
    // Of those who asked until it was back, a quarter is in its list; started again it writes all but the eight it had in hand at most.
    expect(result.faultExperiment?.lost).toBeLessThanOrEqual(8);
    expect(Object.keys(result.cpuUsPerCoupon.byProcess).toSorted()).toEqual(["acceptor", "mysql", "redis", "worker"]);
  });
});
