import * as Plot from "@observablehq/plot";
import { short } from "../figures.ts";
import { draw, type Drawing } from "./chart.ts";

/** A horizontal bar, of one or more parts laid end to end. */
export interface Bar {
  /** What stands to the left of it. */
  readonly label: string;
  /** A bar with the same group as the one above it moves close to it, and shows its label only when that is another. */
  readonly group?: string;
  readonly parts: readonly { readonly value: number; readonly color: string }[];
  /** What stands at its end. */
  readonly text: string;
  /** Ours: set in bold. */
  readonly emphasised?: boolean;
}

const BAR = 22;
const GAP = 8;
const LABEL_WIDTH = 168;
const TEXT_WIDTH = 130;
const TOP = 8;
const BOTTOM = 44;

/** Bars on one linear axis that begins at zero: the lengths may be compared. */
export function drawBars(label: string, axis: string, bars: readonly Bar[]): Drawing {
  const rows = place(bars);
  const last = rows.at(-1);
  const depth = last ? last.top + BAR : BAR;
  const parts = rows.flatMap((row) => {
    let from = 0;
    return row.parts.map(({ value, color }) => {
      const part = { x1: from, x2: from + value, y1: row.top, y2: row.top + BAR, color };
      from += value;
      return part;
    });
  });
  const longest = Math.max(...rows.map(({ length }) => length), Number.MIN_VALUE);
  const middle = { y: ({ top }: Row) => top + BAR / 2 };
  const name = {
    ...middle,
    text: "shown",
    frameAnchor: "left",
    textAnchor: "end",
    dx: -10,
    fill: "var(--text)",
  } as const;
  return draw(label, {
    height: depth + TOP + BOTTOM,
    marginTop: TOP,
    marginBottom: BOTTOM,
    marginLeft: LABEL_WIDTH,
    marginRight: TEXT_WIDTH,
    x: { domain: [0, longest], label: axis, labelAnchor: "center", labelArrow: false, ticks: 6, tickFormat: short },
    y: { domain: [0, depth], range: [TOP, TOP + depth], axis: null },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: 6 }),
      Plot.rect(parts, {
        x1: "x1",
        x2: "x2",
        y1: "y1",
        y2: "y2",
        fill: "color",
        stroke: "var(--ground)",
        strokeWidth: 1,
      }),
      Plot.ruleX([0], { stroke: "var(--quiet)" }),
      Plot.text(
        rows.filter(({ emphasised }) => !emphasised),
        name,
      ),
      Plot.text(
        rows.filter(({ emphasised }) => emphasised),
        { ...name, fontWeight: "bold" },
      ),
      Plot.text(rows, { ...middle, x: "length", text: "text", textAnchor: "start", dx: 8, fill: "var(--text)" }),
    ],
  });
}

interface Row extends Bar {
  readonly top: number;
  readonly length: number;
  readonly shown: string;
}

function place(bars: readonly Bar[]): Row[] {
  let top = 0;
  return bars.map((bar, i) => {
    const previous = bars[i - 1];
    const follows = previous !== undefined && previous.group !== undefined && previous.group === bar.group;
    if (previous !== undefined) top += BAR + (follows ? 0 : GAP);
    const length = bar.parts.reduce((sum, { value }) => sum + value, 0);
    return { ...bar, top, length, shown: follows && previous.label === bar.label ? "" : bar.label };
  });
}
