import type { BenchResult, ContestantResult, Faults } from "../../result.ts";
import type { Chart } from "../charts/chart.ts";
import { answerOnly, cpuChart, magnifiedCpuChart, throughputChart, wholeWay } from "../charts/contestant-charts.ts";
import { costByRole } from "../charts/roles.ts";
import { figureOf } from "../figure.ts";
import { figure } from "../figures.ts";
import { html, type Markup } from "../markup.ts";

/** The headline tables, and what they show as bars. */
export function contestantsSection({ contestants, failed }: BenchResult): Markup {
  const whole = wholeWay(contestants);
  const answers = answerOnly(contestants);
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
    ${failed.map(({ name, why }) => html`<p class="bad"><strong>${name}</strong> could not be measured: ${why}</p>`)}
    ${[...wholeWayCharts(whole), ...answerCharts(answers)].map(figureOf)}
    ${contestants.length > 0 ? costTable([...whole, ...answers]) : undefined}
  </section>`;
}

function wholeWayCharts(whole: readonly ContestantResult[]): Chart[] {
  if (whole.length === 0) return [];
  const magnified = magnifiedCpuChart(whole);
  return [
    cpuChart("CPU of one coupon, from the call to the committed row", "coupon", whole),
    ...(magnified ? [magnified] : []),
    throughputChart("Coupons per second, from the call to the committed row", whole),
  ];
}

function answerCharts(answers: readonly ContestantResult[]): Chart[] {
  if (answers.length === 0) return [];
  return [
    cpuChart("CPU of one call, up to the answer only", "call", answers),
    throughputChart("Answers per second, up to the answer only", answers),
  ];
}

function table(rows: readonly ContestantResult[]): Markup {
  const committed = rows.some(({ committedPerSecond }) => committedPerSecond !== undefined);
  return html`<div class="wide" tabindex="0" role="region" aria-label="Results">
    <table>
      <thead>
        <tr>
          <th scope="col">contestant</th>
          <th scope="col" class="number">${committed ? "accepted/s" : "answers/s"}</th>
          ${committed ? html`<th scope="col" class="number">committed/s</th>` : undefined}
          <th scope="col" class="number">CPU µs per ${committed ? "coupon" : "call"}</th>
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
  const { name, title, setting, note, answerMs, faults, faultExperiment, untestedFault } = row;
  return html`<tr class="${name.startsWith("firstcome") ? "ours" : "theirs"}">
    <th scope="row">
      ${name} ${[title, setting, note].map((text) => (text ? html`<span class="quiet">${text}</span>` : undefined))}
    </th>
    <td class="number">${figure(row.acceptedPerSecond)}</td>
    ${committed ? html`<td class="number">${figure(row.committedPerSecond ?? Number.NaN)}</td>` : undefined}
    <td class="number">${figure(row.cpuUsPerCoupon.total)}</td>
    <td class="number">${figure(answerMs.p50)}</td>
    <td class="number">${figure(answerMs.p99)}</td>
    <td>
      ${faultsOf(faults, "none in the timed run")} ${faultExperiment ? experiment(faultExperiment) : undefined}
      ${untestedFault ? html`<span class="quiet">not tested: ${untestedFault}</span>` : undefined}
    </td>
  </tr>`;
}

function experiment(result: NonNullable<ContestantResult["faultExperiment"]>): Markup {
  const { title, users, quantity } = result;
  return html`<span class="quiet">${title} (${figure(users)} users, ${figure(quantity)} pieces):</span>
    ${faultsOf(result, "none")}`;
}

function faultsOf({ lost, duplicated, overIssued }: Faults, none: string): Markup {
  const found = [
    lost > 0 ? `${figure(lost)} lost` : "",
    duplicated > 0 ? `${figure(duplicated)} twice` : "",
    overIssued > 0 ? `${figure(overIssued)} over-issued` : "",
  ].filter((text) => text !== "");
  return found.length === 0
    ? html`<span class="good">${none}</span>`
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
            <th scope="col">CPU µs</th>
            <th scope="col" class="number">load generator, apart</th>
            <th scope="col" class="number">Redis CPU, s</th>
            <th scope="col" class="number">users a round</th>
            <th scope="col" class="number">rounds</th>
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
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
