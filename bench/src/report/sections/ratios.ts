import type { BenchResult } from "../../result.ts";
import { figure } from "../figures.ts";
import { html, type Markup } from "../markup.ts";

/** What each ratio says, in the order of the table. */
const MEANINGS: readonly (readonly [name: string, meaning: string])[] = [
  ["unaryCpuVsEcho", "CPU of the coupon service for one IssueCoupon ÷ that of a bare echo, 256 callers at once"],
  ["soldOutCpuVsEcho", "the same when everything is sold"],
  ["streamVsEcho", "accepts ÷ echoes, each by CPU second of the process that answers: batched stream against unary"],
  ["commitVsLegacy", "rows committed per second: stream ÷ transaction per request"],
  ["cpuVsLegacy", "CPU of a coupon over all processes: transaction per request ÷ stream"],
  ["cpuVsBullmq", "likewise: BullMQ ÷ stream"],
  ["cpuVsList", "likewise: a list per worker ÷ stream"],
  ["cpuVsZset", "likewise: ZSET and batch job ÷ stream"],
  ["cpuVsRabbit1", "likewise: RabbitMQ, one message a coupon ÷ stream"],
  ["cpuVsRabbitBatch", "likewise: RabbitMQ, batched throughout ÷ stream"],
  ["gateVsDoubleCounter", "accepts per Redis CPU second: gate ÷ two counters made to do the same job"],
  ["bytesPerWinner", "bytes that Redis keeps of a winner, a million numeric ids"],
  ["issuedLagP99Ms", "ms from the accept to the committed row, 99 %, at half of the peak rate"],
];

/** What was reached, against what was to be reached. */
export function ratiosSection({ ratios: reached, targets, ceilings }: BenchResult): Markup {
  const known = new Map(MEANINGS);
  const names = [...known.keys(), ...Object.keys(targets).filter((name) => !known.has(name))];
  const rows = names.flatMap((name) => {
    const target = targets[name];
    if (!target) return [];
    const value = reached[name];
    const ceiling = ceilings[name];
    const verdict = value === undefined ? html`<span class="quiet">not measured</span>` : verdictOf(target.met);
    return html`<tr>
      <th scope="row"><code>${name}</code><span class="quiet">${known.get(name)}</span></th>
      <td class="number">${value === undefined ? "–" : figure(value)}</td>
      <td class="number">${target.kind === "atMost" ? "≤" : "≥"} ${figure(target.limit)}</td>
      <td>${verdict}</td>
      <td class="number">${ceiling === undefined ? "" : figure(ceiling)}</td>
    </tr>`;
  });
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="ratios">
    <h2 id="ratios">Ratios, against their targets</h2>
    <p>
      Ratios within one run, because those hold on other machines as well; medians where there were several rounds.
      <em>At most</em>: what it would be if all of Firstcome but Redis and MySQL cost nothing.
    </p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">ratio</th>
            <th scope="col" class="number">reached</th>
            <th scope="col" class="number">target</th>
            <th scope="col">met</th>
            <th scope="col" class="number">at most</th>
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
