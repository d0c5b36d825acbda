import { readFileSync } from "node:fs";
import type { BenchResult, ContestantResult, Faults } from "../result.ts";
import type { Chart } from "./charts/chart.ts";
import { colorVariables } from "./charts/colors.ts";
import { answerOnly, cpuChart, magnifiedCpuChart, throughputChart, wholeWay } from "./charts/contestant-charts.ts";
import { costByRateChart, lagByRateChart, latencyChart } from "./charts/curve-charts.ts";
import { microCharts } from "./charts/micro-charts.ts";
import { costByRole } from "./charts/roles.ts";
import { figure } from "./figures.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { methodSection } from "./method.ts";
import { MEANINGS } from "./targets.ts";

const STYLE = readFileSync(new URL("./page.css", import.meta.url), "utf8");

/** The results as one page of HTML that needs nothing beside it: no network, no script. */
export function renderPage(result: BenchResult): string {
  const { mode, startedAt, seconds, machine, violations } = result;
  const took = `${figure(seconds / 60)} minutes`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Firstcome, measured side by side</title>
        <style>
          ${trusted(colorVariables(":root"))}
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>Firstcome, measured side by side</h1>
          <p>
            Every way to issue a coupon, on the same work, in one run on one machine: ${machine.cpu}, ${machine.cores}
            cores. A ${mode} run of
            <time datetime="${startedAt}">${startedAt.slice(0, 16).replace("T", " ")} UTC</time>, ${took}.
          </p>
          <pre><code>${commandOf(result)}</code></pre>
        </header>
        <main>
          ${promises(violations)} ${contestants(result)} ${curves(result)} ${micro(result)} ${ratios(result)}
          ${methodSection(result)}
        </main>
      </body>
    </html> `.text;
}

export function commandOf({ mode }: Pick<BenchResult, "mode">): string {
  return mode === "quick" ? "npm run bench -- --quick --json bench.json" : "npm run bench -- --json bench.json";
}

function promises(violations: readonly string[]): Markup {
  if (violations.length === 0) {
    return html`<p class="verdict good">
      ✓ Every run of Firstcome was held against its promises: nothing lost, nothing twice, nothing over-issued, numbers
      without gaps.
    </p>`;
  }
  return html`<div class="verdict bad" role="alert">
    <p>✗ Promises were broken; the figures below are worth nothing until this is mended.</p>
    <ul>
      ${violations.map((violation) => html`<li>${violation}</li>`)}
    </ul>
  </div>`;
}

function contestants(result: BenchResult): Markup {
  const whole = wholeWay(result.contestants);
  const answers = answerOnly(result.contestants);
  const magnified = magnifiedCpuChart(whole);
  return html`<section aria-labelledby="contestants">
    <h2 id="contestants">Side by side</h2>
    ${
      whole.length > 0
        ? html`<h3>From the call to the committed row</h3>
            ${table(whole)}`
        : undefined
    }
    ${
      answers.length > 0
        ? html`<h3>Up to the answer only</h3>
            <p>
              A gate without anything behind it, and echoes that decide nothing: the limits of what stands in front.
            </p>
            ${table(answers)}`
        : undefined
    }
    ${result.failed.map(({ name, why }) => html`<p class="bad"><strong>${name}</strong> could not be measured: ${why}</p>`)}
    ${whole.length > 0 ? [figureOf(cpuChart("CPU of one coupon, from the call to the committed row", whole)), magnified && figureOf(magnified), figureOf(throughputChart("Coupons per second, from the call to the committed row", whole))] : undefined}
    ${answers.length > 0 ? [figureOf(cpuChart("CPU of one call, up to the answer only", answers)), figureOf(throughputChart("Answers per second", answers))] : undefined}
    ${result.contestants.length > 0 ? costTable([...whole, ...answers]) : undefined}
  </section>`;
}

function table(rows: readonly ContestantResult[]): Markup {
  const committed = rows.some(({ committedPerSecond }) => committedPerSecond !== undefined);
  return html`<div class="wide" tabindex="0" role="region" aria-label="Results">
    <table>
      <thead>
        <tr>
          <th scope="col">contestant</th>
          <th scope="col" class="number">accepted/s</th>
          ${committed ? html`<th scope="col" class="number">committed/s</th>` : undefined}
          <th scope="col" class="number">CPU µs per coupon</th>
          <th scope="col" class="number">answer p50, ms</th>
          <th scope="col" class="number">p99, ms</th>
          <th scope="col">lost, twice, over-issued</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => contestantRow(row, committed))}
      </tbody>
    </table>
  </div>`;
}

function contestantRow(row: ContestantResult, committed: boolean): Markup {
  const ours = row.name.startsWith("firstcome");
  return html`<tr${ours ? trusted(' class="ours"') : undefined}>
<th scope="row">${row.name}<span class="quiet">${row.title}</span><span class="quiet">${row.setting}</span>${row.note ? html`<span class="quiet">${row.note}</span>` : undefined}</th>
<td class="number">${figure(row.acceptedPerSecond)}</td>${committed ? html`<td class="number">${figure(row.committedPerSecond ?? Number.NaN)}</td>` : undefined}
<td class="number">${figure(row.cpuUsPerCoupon.total)}</td>
<td class="number">${figure(row.answerMs.p50)}</td><td class="number">${figure(row.answerMs.p99)}</td>
<td>${faultsOf(row.faults)}${row.faultExperiment ? html`<span class="quiet">${row.faultExperiment.title} (${figure(row.faultExperiment.users)} users, ${figure(row.faultExperiment.quantity)} pieces):</span> ${faultsOf(row.faultExperiment)}` : undefined}</td>
</tr>`;
}

function faultsOf({ lost, duplicated, overIssued }: Faults): Markup {
  const found = [
    lost > 0 ? `${figure(lost)} lost` : "",
    duplicated > 0 ? `${figure(duplicated)} twice` : "",
    overIssued > 0 ? `${figure(overIssued)} over-issued` : "",
  ].filter((text) => text !== "");
  return found.length === 0
    ? html`<span class="good">none</span>`
    : html`<strong class="bad">${found.join(", ")}</strong>`;
}

/** The figures behind the bars, for those who cannot see them or want to compute with them. */
function costTable(rows: readonly ContestantResult[]): Markup {
  return html`<details>
    <summary>The figures behind the bars</summary>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">contestant</th>
            <th scope="col">CPU µs per coupon</th>
            <th scope="col" class="number">load generator, apart</th>
            <th scope="col" class="number">Redis CPU, s</th>
            <th scope="col" class="number">users</th>
            <th scope="col" class="number">rounds</th>
            <th scope="col" class="number">accept → row, p50 / p99 ms</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${row.name}</th>
                <td>
                  ${costByRole(row.cpuUsPerCoupon)
                    .map(({ role, us }) => `${role.label} ${figure(us)}`)
                    .join(", ")}
                </td>
                <td class="number">
                  ${row.generatorUsPerCoupon === undefined ? "in its own process" : figure(row.generatorUsPerCoupon)}
                </td>
                <td class="number">${figure(row.redisCpuSeconds)}</td>
                <td class="number">${figure(row.users)}</td>
                <td class="number">${row.rounds}</td>
                <td class="number">
                  ${row.issuedLagMs ? `${figure(row.issuedLagMs.p50)} / ${figure(row.issuedLagMs.p99)}` : "–"}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function curves({ curves: { latencyByLoad, cpuByRate } }: BenchResult): Markup {
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

function micro({ micro: measured }: BenchResult): Markup {
  const charts = measured ? microCharts(measured) : [];
  if (charts.length === 0) return html``;
  return html`<section aria-labelledby="micro">
    <h2 id="micro">Stage by stage</h2>
    <p>Each stage alone, at its own limit, through the code that runs in the services.</p>
    ${charts.map(figureOf)}
  </section>`;
}

function ratios({ ratios: reached, targets }: BenchResult): Markup {
  const known = new Map(MEANINGS);
  const names = [...known.keys(), ...Object.keys(targets).filter((name) => !known.has(name))];
  const rows = names.flatMap((name) => {
    const target = targets[name];
    if (!target) return [];
    const value = reached[name];
    const verdict = value === undefined ? html`<span class="quiet">not measured</span>` : verdictOf(target.met);
    return html`<tr>
      <th scope="row"><code>${name}</code><span class="quiet">${known.get(name)}</span></th>
      <td class="number">${value === undefined ? "–" : figure(value)}</td>
      <td class="number">${target.kind === "atMost" ? "≤" : "≥"} ${figure(target.limit)}</td>
      <td>${verdict}</td>
    </tr>`;
  });
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="ratios">
    <h2 id="ratios">Ratios, against their targets</h2>
    <p>Ratios within one run, because those hold on other machines as well; medians where there were several rounds.</p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">ratio</th>
            <th scope="col" class="number">reached</th>
            <th scope="col" class="number">target</th>
            <th scope="col">met</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

function verdictOf(met: boolean): Markup {
  return met ? html`<span class="good">✓ yes</span>` : html`<strong class="bad">✗ no</strong>`;
}

function figureOf({ title, caption, legend, drawing }: Chart): Markup {
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
