import type { Curves, LoadPoint, Percentiles } from "../../result.ts";
import type { Chart } from "./chart.ts";
import { drawLines, type Line } from "./lines.ts";

type Curve = Readonly<Record<string, readonly LoadPoint[]>>;

/** A point that fell so far behind what was offered is beyond the limit, and its times only grow with the length of the run. */
const KEPT_UP = 0.97;

const PERCENTILES = [
  { key: "p50", label: "median", color: "var(--accept)" },
  { key: "p99", label: "99 %", color: "var(--redis)" },
  { key: "p999", label: "99.9 %", color: "var(--rabbitmq)" },
] as const satisfies readonly { key: keyof Percentiles; label: string; color: string }[];

const SERIES = ["var(--accept)", "var(--redis)", "var(--worker)", "var(--rabbitmq)", "var(--dispatcher)"];

/** One panel a contestant: how long an answer takes, by how many calls are offered. */
export function latencyChart(latencyByLoad: Curve): Chart {
  const title = "How long an answer takes, by offered load";
  return {
    title,
    caption: `Open loop: calls come when they are due, whether earlier ones were answered or not, and the time counts from then. Both axes are logarithmic. ${HOLLOW}`,
    legend: PERCENTILES.map(({ label, color }) => ({ label, color })),
    drawing: drawLines(
      title,
      { x: "calls offered per second", y: "ms" },
      Object.entries(latencyByLoad).flatMap(([panel, points]) =>
        PERCENTILES.map(({ key, color }) => lineOf(panel, color, points, ({ answerMs }) => answerMs[key])),
      ),
    ),
  };
}

/** What a coupon costs at moderate load, where batches shrink. */
export function costByRateChart(cpuByRate: Curve): Chart {
  const title = "What a coupon costs, by rate";
  return {
    title,
    caption: `The fewer coupons a second, the smaller the batches that share the work, up to where the dispatcher's pause between reads keeps them large. Both axes are logarithmic. ${HOLLOW}`,
    legend: seriesOf(cpuByRate),
    drawing: drawLines(title, { x: "coupons offered per second", y: "µs of CPU per coupon" }, [
      ...linesOf(cpuByRate, ({ cpuUsPerCoupon }) => cpuUsPerCoupon.total),
    ]),
  };
}

/** From the accept to the committed row. Undefined when nothing of it was measured. */
export function lagByRateChart({ cpuByRate }: Pick<Curves, "cpuByRate">): Chart | undefined {
  const measured = Object.fromEntries(
    Object.entries(cpuByRate)
      .map(([name, points]) => [name, points.filter(({ issuedLagMs }) => issuedLagMs !== undefined)] as const)
      .filter(([, points]) => points.length > 0),
  );
  if (Object.keys(measured).length === 0) return undefined;
  const title = "From the accept to the committed row, by rate";
  return {
    title,
    caption: `99 % of the coupons are rows within this time; the dashed line is the median. Both axes are logarithmic. ${HOLLOW}`,
    legend: seriesOf(measured),
    drawing: drawLines(title, { x: "coupons offered per second", y: "ms" }, [
      ...linesOf(measured, ({ issuedLagMs }) => issuedLagMs?.p99 ?? Number.NaN),
      ...linesOf(measured, ({ issuedLagMs }) => issuedLagMs?.p50 ?? Number.NaN).map((line) => ({
        ...line,
        dashed: true,
      })),
    ]),
  };
}

const HOLLOW = "A hollow point is beyond the limit: fewer were answered than offered.";

function seriesOf(curve: Curve): { label: string; color: string }[] {
  return Object.keys(curve).map((label, i) => ({ label, color: colorOf(i) }));
}

function linesOf(curve: Curve, value: (point: LoadPoint) => number): Line[] {
  return Object.values(curve).map((points, i) => lineOf("", colorOf(i), points, value));
}

function lineOf(panel: string, color: string, points: readonly LoadPoint[], value: (point: LoadPoint) => number): Line {
  return {
    panel,
    color,
    points: points.map((point) => ({
      x: point.offeredPerSecond,
      y: value(point),
      reserved: point.achievedPerSecond < KEPT_UP * point.offeredPerSecond,
    })),
  };
}

function colorOf(index: number): string {
  return SERIES[index % SERIES.length] as string;
}
