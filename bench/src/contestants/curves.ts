import { IssueOutcome } from "@firstcome/contracts/coupon";
import type { Generator } from "../load/generator.ts";
import type { LoadOrder } from "../load/orders.ts";
import { perCoupon } from "../measure/cpu-cost.ts";
import { percentilesOf } from "../measure/histogram.ts";
import { CONNECTIONS, type Plan } from "../plan.ts";
import type { Curves, LoadPoint } from "../result.ts";
import type { TimeBudget } from "../time-budget.ts";
import type { Firstcome } from "./firstcome/firstcome.ts";
import { runCoupon } from "./firstcome/run-coupon.ts";
import type { Front } from "./front.ts";
import { measureLoad } from "./measured-load.ts";

/** The peak rates that were measured, in coupons a second; a curve is left out where there is none. */
export interface Peaks {
  readonly echo: number | undefined;
  readonly unary: number | undefined;
  readonly stream: number | undefined;
}

/** Beside the point itself: opening the coupon, the last rows, the promise check. */
const POINT_OVERHEAD_MS = 1_500;

/**
 * Open loop: what callers wait for, and what a coupon costs, against the rate at which users come. Points are left out when the time
 * is up.
 */
export async function measureCurves(
  stand: CurveStand,
  { peaks, plan, budget }: { peaks: Peaks; plan: Plan["curves"]; budget: TimeBudget },
  say: (line: string) => void,
): Promise<Curves> {
  const { shares, rates, pointMs } = plan;
  const { stream, unary, echo } = pointsOn(stand, pointMs);
  const draw = async (name: string, perSecond: readonly number[], measure: MeasurePoint): Promise<LoadPoint[]> => {
    const points: LoadPoint[] = [];
    for (const rate of perSecond) {
      if (!budget.allows(pointMs + POINT_OVERHEAD_MS)) {
        say(`${name}: no time left for ${rate}/s`);
        continue;
      }
      const point = await measure(rate);
      points.push(point);
      say(`${name} at ${rate}/s: ${describe(point)}`);
    }
    return points;
  };
  const sharesOf = (peak: number | undefined): number[] =>
    peak === undefined ? [] : shares.map((share) => Math.round(peak * share));

  // The cost at moderate load first: it is what the dispatcher's pause is chosen by.
  const cpuByRate = {
    "firstcome-stream": await draw("cost, firstcome-stream", peaks.stream === undefined ? [] : rates, stream),
  };
  const latencyByLoad = {
    "firstcome-stream": await draw("latency, firstcome-stream", sharesOf(peaks.stream), stream),
    "firstcome-unary": await draw("latency, firstcome-unary", sharesOf(peaks.unary), unary),
    echo: await draw("latency, echo", sharesOf(peaks.echo), echo),
  };
  return { latencyByLoad: withPoints(latencyByLoad), cpuByRate: withPoints(cpuByRate) };
}

export interface CurveStand {
  readonly echo: Front;
  readonly firstcome: Firstcome;
  readonly generator: Generator;
}

type MeasurePoint = (perSecond: number) => Promise<LoadPoint>;

/** What measures a point of each contestant, with users that no other point has. */
function pointsOn(
  { echo, firstcome, generator }: CurveStand,
  pointMs: number,
): Record<"stream" | "unary" | "echo", MeasurePoint> {
  let first = 0;
  const orderAt = (method: LoadOrder["method"], perSecond: number): Omit<LoadOrder, "address" | "couponId"> => {
    const users = Math.max(1, Math.round((perSecond * pointMs) / 1_000));
    const order = { first, users, connections: CONNECTIONS, method } as const;
    first += users;
    return { ...order, pace: { kind: "open", perSecond } };
  };
  const askFirstcome = async (method: LoadOrder["method"], perSecond: number): Promise<LoadPoint> => {
    const run = await runCoupon(firstcome, generator, orderAt(method, perSecond), { watchLag: true });
    return {
      offeredPerSecond: perSecond,
      achievedPerSecond: run.acceptedPerSecond,
      answerMs: percentilesOf(run.done.answers),
      ...(run.issuedLagMs === undefined ? {} : { issuedLagMs: run.issuedLagMs }),
      cpuUsPerCoupon: run.cpuUsPerCoupon,
    };
  };
  return {
    stream: (perSecond) => askFirstcome("stream", perSecond),
    unary: (perSecond) => askFirstcome("unary", perSecond),
    async echo(perSecond) {
      const { done, cpu } = await measureLoad(echo, generator, { ...orderAt("unary", perSecond), couponId: "1" });
      return {
        offeredPerSecond: perSecond,
        achievedPerSecond: (done.outcomes[IssueOutcome.ACCEPTED] ?? 0) / (done.ms / 1_000),
        answerMs: percentilesOf(done.answers),
        cpuUsPerCoupon: perCoupon(cpu, done.asked),
      };
    },
  };
}

function withPoints(curves: Readonly<Record<string, readonly LoadPoint[]>>): Record<string, readonly LoadPoint[]> {
  return Object.fromEntries(Object.entries(curves).filter(([, points]) => points.length > 0));
}

function describe({ answerMs, issuedLagMs, cpuUsPerCoupon }: LoadPoint): string {
  const lag = issuedLagMs === undefined ? "" : `, row after ${issuedLagMs.p99.toFixed(0)} ms (p99)`;
  return `answer in ${answerMs.p99.toFixed(1)} ms (p99)${lag}, ${cpuUsPerCoupon.total.toFixed(1)} µs a coupon`;
}
