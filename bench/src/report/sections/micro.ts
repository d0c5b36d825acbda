import type { BenchResult } from "../../result.ts";
import { microCharts } from "../charts/micro-charts.ts";
import { figureOf } from "../figure.ts";
import { html, type Markup } from "../markup.ts";

/** What single stages cost. */
export function microSection({ micro: measured }: BenchResult): Markup {
  const charts = measured ? microCharts(measured) : [];
  if (charts.length === 0) return html``;
  return html`<section aria-labelledby="micro">
    <h2 id="micro">Stage by stage</h2>
    <p>Each stage alone, at its own limit, through the code that runs in the services.</p>
    ${charts.map(figureOf)}
  </section>`;
}
