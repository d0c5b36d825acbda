import type { BenchResult } from "../../result.ts";
import { costByRateChart, lagByRateChart, latencyChart } from "../charts/curve-charts.ts";
import { figureOf } from "../figure.ts";
import { figure } from "../figures.ts";
import { html, type Markup } from "../markup.ts";

/** Answer times, cost and lag by rate. */
export function curvesSection({ curves: { latencyByLoad, cpuByRate } }: BenchResult): Markup {
  const lag = lagByRateChart({ cpuByRate });
  const charts = [
    ...(Object.keys(latencyByLoad).length > 0 ? [latencyChart(latencyByLoad)] : []),
    ...(Object.keys(cpuByRate).length > 0 ? [costByRateChart(cpuByRate)] : []),
    ...(lag ? [lag] : []),
  ];
  if (charts.length === 0) return html``;
  return html`<section aria-labelledby="curves">
    <h2 id="curves">From a trickle to the limit</h2>
    ${charts.map(figureOf)}
    ${pointsTable("Answer times by offered load", latencyByLoad)}${pointsTable("Cost and lag by rate", cpuByRate)}
  </section>`;
}

function pointsTable(title: string, curve: BenchResult["curves"]["cpuByRate"]): Markup {
  if (Object.keys(curve).length === 0) return html``;
  const rows = Object.entries(curve).flatMap(([name, points]) =>
    points.map(
      (point) =>
        html`<tr>
          <th scope="row">${name}</th>
          ${[
            point.offeredPerSecond,
            point.achievedPerSecond,
            point.answerMs.p50,
            point.answerMs.p99,
            point.answerMs.p999,
            point.issuedLagMs?.p50 ?? Number.NaN,
            point.issuedLagMs?.p99 ?? Number.NaN,
            point.cpuUsPerCoupon.total,
          ].map((value) => html`<td class="number">${figure(value)}</td>`)}
        </tr>`,
    ),
  );
  return html`<details>
    <summary>${title}: the figures</summary>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col"></th>
            ${["offered/s", "answered/s", "answer p50, ms", "p99", "p99.9", "accept → row p50, ms", "p99", "CPU µs"].map((head) => html`<th scope="col" class="number">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}
