import type { Chart } from "./charts/chart.ts";
import { html, type Markup, trusted } from "./markup.ts";

/** A chart with its heading, legend and caption. */
export function figureOf({ title, caption, legend, drawing }: Chart): Markup {
  const swatches = legend.map(
    ({ label, color }) => html`<li><span class="swatch" style="background:${color}"></span>${label}</li>`,
  );
  return html`<figure>
    <h3>${title}</h3>
    ${
      legend.length > 0
        ? html`<ul class="legend">
            ${swatches}
          </ul>`
        : undefined
    }
    <div class="wide" tabindex="0" role="group" aria-label="${title}">${trusted(drawing.svg)}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}
