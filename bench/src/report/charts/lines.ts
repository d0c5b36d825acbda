import * as Plot from "@observablehq/plot";
import { draw, type Drawing, WIDTH } from "./chart.ts";
import { short } from "../figures.ts";
import { type LogScale, logScale } from "./log-scale.ts";

export interface Line {
  /** Lines of one panel share a frame; panels stand side by side and share both axes. */
  readonly panel: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly points: readonly LinePoint[];
}

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Drawn hollow: measured, but with a reservation that the caption explains. */
  readonly reserved?: boolean;
}

/** Both are logarithmic. */
export interface LineAxes {
  readonly x: string;
  readonly y: string;
  /** The values to mark on the x axis, which then ends with them. */
  readonly xTicks?: readonly number[];
}

const HEIGHT = 330;

/** Lines through measured points. A value of zero has no place on such axes and is left out. */
export function drawLines(label: string, axes: LineAxes, lines: readonly Line[]): Drawing {
  const panels = [...new Set(lines.map(({ panel }) => panel))];
  const at = { x: "x", y: "y", ...(panels.length > 1 ? { fx: "panel" } : {}) } as const;
  const drawn = lines.map(({ panel, color, points, ...line }) => ({
    ...line,
    color,
    points: points
      .filter((point) => point.x > 0 && point.y > 0)
      .map(({ x, y, reserved = false }) => ({ x, y, reserved, panel, color })),
  }));
  const dots = drawn.flatMap(({ points }) => points);
  const xScale = axes.xTicks
    ? scaleOf(axes.xTicks)
    : logScale(valuesOf(dots, "x"), Math.round(MOST_X_TICKS / panels.length));
  const yScale = logScale(valuesOf(dots, "y"), MOST_Y_TICKS);
  const axis = { stroke: "var(--quiet)", color: "var(--text)", tickSize: 4, text: short, labelArrow: false } as const;
  return draw(label, {
    height: HEIGHT,
    width: WIDTH,
    marginLeft: 64,
    marginRight: 24,
    ...(panels.length > 1 ? { marginTop: 48, fx: { domain: panels, label: null, padding: 0.18 } } : {}),
    x: { type: "log", domain: xScale.domain },
    y: { type: "log", domain: yScale.domain },
    marks: [
      Plot.axisX(xScale.ticks, { ...axis, label: axes.x, labelAnchor: "center" }),
      Plot.axisY(yScale.ticks, { ...axis, label: axes.y }),
      Plot.gridY(yScale.ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.frame({ stroke: "var(--line)" }),
      ...drawn.map(({ points, color, dashed }) =>
        Plot.line(points, { ...at, stroke: color, strokeWidth: 2, ...(dashed ? { strokeDasharray: "5 4" } : {}) }),
      ),
      Plot.dot(
        dots.filter(({ reserved }) => !reserved),
        { ...at, r: 3.5, fill: "color" },
      ),
      Plot.dot(
        dots.filter(({ reserved }) => reserved),
        { ...at, r: 3.5, fill: "var(--ground)", stroke: "color", strokeWidth: 2 },
      ),
    ],
  });
}

const MOST_X_TICKS = 16;
const MOST_Y_TICKS = 10;

function scaleOf(ticks: readonly number[]): LogScale {
  return { domain: [Math.min(...ticks), Math.max(...ticks)], ticks };
}

function valuesOf(points: readonly LinePoint[], axis: "x" | "y"): number[] {
  return points.map((point) => point[axis]);
}
