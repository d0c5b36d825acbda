import type { Chart, Drawing } from "./charts/chart.ts";
import { colorVariables } from "./charts/colors.ts";
import { html, type Markup, trusted } from "./markup.ts";

const PADDING = 16;
const TITLE_HEIGHT = 26;
const LEGEND_HEIGHT = 24;
const CHART_GAP = 20;
/** A guess at the width of a letter in the legend, in px: nobody measures text here. */
const LETTER = 7.2;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

const STYLE = `${colorVariables("svg")}svg{color:var(--text)}text{fill:currentColor}.title{font-size:16px;font-weight:600}`;

/**
 * Charts one below the other as an SVG file of its own. It brings its ground, light or dark as the reader prefers, so that it
 * is legible wherever it is put.
 */
export function renderImage(charts: readonly Chart[]): string {
  const width = Math.max(...charts.map(({ drawing }) => drawing.width)) + 2 * PADDING;
  const placed: Markup[] = [];
  let y = PADDING;
  for (const { title, legend, drawing } of charts) {
    placed.push(html`<text class="title" x="${PADDING}" y="${y + 16}">${title}</text>`);
    y += TITLE_HEIGHT;
    if (legend.length > 0) {
      placed.push(legendAt(y, legend));
      y += LEGEND_HEIGHT;
    }
    placed.push(drawingAt(y, drawing));
    y += drawing.height + CHART_GAP;
  }
  const height = y - CHART_GAP + PADDING / 2;
  const label = charts.map(({ title }) => title).join("; ");
  return `${
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      width="${width}"
      height="${height}"
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="${label}"
      font-family="${FONT}"
      font-size="13"
    >
      <style>
        ${trusted(STYLE)}
      </style>
      <rect width="${width}" height="${height}" rx="8" fill="var(--ground)" />
      ${placed}
    </svg>`.text
  }\n`;
}

function legendAt(y: number, legend: Chart["legend"]): Markup {
  let x = PADDING;
  const entries = legend.map(({ label, color }) => {
    const at = x;
    x += 20 + label.length * LETTER + 16;
    return html`<rect x="${at}" y="${y + 4}" width="11" height="11" rx="2" fill="${color}" /><text
        x="${at + 17}"
        y="${y + 14}"
        >${label}</text
      >`;
  });
  return html`${entries}`;
}

function drawingAt(y: number, { svg }: Drawing): Markup {
  return html`<svg x="${PADDING}" y="${y}" overflow="visible">${trusted(svg)}</svg>`;
}
