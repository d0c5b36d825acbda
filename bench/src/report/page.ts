import { readFileSync } from "node:fs";
import type { BenchResult } from "../result.ts";
import { colorVariables } from "./charts/colors.ts";
import { figure } from "./figures.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { contestantsSection } from "./sections/contestants.ts";
import { curvesSection } from "./sections/curves.ts";
import { methodSection } from "./sections/method.ts";
import { microSection } from "./sections/micro.ts";
import { ratiosSection } from "./sections/ratios.ts";

const STYLE = readFileSync(new URL("./page.css", import.meta.url), "utf8");

/** The results as one page of HTML that needs nothing beside it: no network, no script. */
export function renderPage(result: BenchResult): string {
  const { mode, startedAt, seconds, machine } = result;
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
          ${promises(result)} ${contestantsSection(result)} ${curvesSection(result)} ${microSection(result)}
          ${ratiosSection(result)} ${methodSection(result)}
        </main>
      </body>
    </html> `.text;
}

function commandOf({ mode }: Pick<BenchResult, "mode">): string {
  return mode === "quick" ? "npm run bench -- --quick --json bench.json" : "npm run bench -- --json bench.json";
}

/** Parts of the bench that Firstcome's own runs are in. Of one that has failed, nobody knows what it would have shown. */
const FIRSTCOME_PARTS: ReadonlySet<string> = new Set(["unary", "stream", "curves", "firstcome-gate"]);

function promises({ violations, couponsHeld, failed }: BenchResult): Markup | undefined {
  if (violations.length === 0) {
    if (couponsHeld === 0 || failed.some(({ name }) => FIRSTCOME_PARTS.has(name))) return undefined;
    return html`<p class="verdict good">
      ✓ Every run of Firstcome was held against its promises, ${couponsHeld} coupons in all: nothing lost, nothing
      twice, nothing over-issued, numbers without gaps.
    </p>`;
  }
  return html`<div class="verdict bad" role="alert">
    <p>✗ Promises were broken; the figures below are worth nothing until this is mended.</p>
    <ul>
      ${violations.map((violation) => html`<li>${violation}</li>`)}
    </ul>
  </div>`;
}
