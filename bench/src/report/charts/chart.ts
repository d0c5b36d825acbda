import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A drawing and what is said beside it. */
export interface Chart {
  readonly title: string;
  /** How to read it. */
  readonly caption: string;
  readonly legend: readonly LegendEntry[];
  readonly drawing: Drawing;
}

export interface LegendEntry {
  readonly label: string;
  /** A CSS colour, such as `var(--redis)`. */
  readonly color: string;
}

/** An `<svg>` element as text, and its size in px. Its colours are the variables of colors.ts. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

export const WIDTH = 860;
const FONT_SIZE = 13;

const { document } = parseHTML("<html></html>");

/** Draws without a browser. @param label what a screen reader says instead of the drawing */
export function draw(label: string, options: Plot.PlotOptions & { readonly height: number }): Drawing {
  const width = options.width ?? WIDTH;
  const svg = Plot.plot({
    // Plot needs a DOM only to make elements; it measures text by a table of its own.
    document,
    className: "plot",
    style: { fontSize: `${FONT_SIZE}px`, fontFamily: "inherit", background: "none" },
    marginTop: 28,
    marginBottom: 44,
    ...options,
    width,
  }) as unknown as { setAttribute(name: string, value: string): void; readonly outerHTML: string };
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return { svg: svg.outerHTML, width, height: options.height };
}
