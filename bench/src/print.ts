import type { BenchResult, ContestantResult, FaultExperimentResult, Faults } from "./result.ts";

/** The table, the ratios, and what went wrong. */
export function printResult(result: BenchResult, print: (line: string) => void): void {
  const { contestants, failed, ratios, targets, ceilings, violations } = result;
  print(`\n${row(HEADINGS)}`);
  for (const contestant of contestants) {
    print(row(cellsOf(contestant)));
    for (const line of remarksOf(contestant)) print(`      ${line}`);
  }
  print("\nRatios of this run (in brackets: if all of Firstcome but Redis and MySQL cost nothing)");
  for (const [name, ratio] of Object.entries(ratios)) {
    const target = targets[name];
    const limit = target === undefined ? "" : `${target.kind === "atLeast" ? "≥" : "≤"} ${target.limit}`;
    const ceiling = ceilings[name] === undefined ? "" : `   (${figure(ceilings[name])})`;
    print(`  ${target?.met ? "✓" : "✗"} ${name.padEnd(22)} ${figure(ratio).padStart(8)}   ${limit}${ceiling}`);
  }
  for (const { name, why } of failed) print(`\nFAILED  ${name}: ${why}`);
  for (const violation of violations) print(`\nBROKEN  ${violation}`);
}

const HEADINGS = [
  "contestant",
  "accepted/s",
  "committed/s",
  "CPU µs",
  "p50 ms",
  "p99 ms",
  "lost",
  "twice",
  "over",
  "by process",
];
const WIDTHS = [20, 11, 12, 8, 8, 9, 6, 6, 6, 0];

function cellsOf(contestant: ContestantResult): string[] {
  const { acceptedPerSecond, committedPerSecond, cpuUsPerCoupon, answerMs, faults } = contestant;
  const split = Object.entries(cpuUsPerCoupon.byProcess).toSorted(([, a], [, b]) => b - a);
  return [
    contestant.name,
    String(Math.round(acceptedPerSecond)),
    committedPerSecond === undefined ? "–" : String(Math.round(committedPerSecond)),
    figure(cpuUsPerCoupon.total),
    figure(answerMs.p50),
    figure(answerMs.p99),
    ...[faults.lost, faults.duplicated, faults.overIssued].map(String),
    `  ${split.map(([process, us]) => `${process} ${figure(us)}`).join(", ")}`,
  ];
}

function remarksOf({ faultExperiment, untestedFault, note }: ContestantResult): string[] {
  return [
    ...(faultExperiment === undefined ? [] : [describeFault(faultExperiment)]),
    ...(untestedFault === undefined ? [] : [`not tested: ${untestedFault}`]),
    ...(note === undefined ? [] : [note]),
  ];
}

function describeFault({ title, users, quantity, ...faults }: FaultExperimentResult): string {
  return `${title} (${users} users, ${quantity} pieces): ${describeFaults(faults)}`;
}

function describeFaults({ lost, duplicated, overIssued }: Faults): string {
  const found = [
    [lost, "lost"],
    [duplicated, "issued twice"],
    [overIssued, "over-issued"],
  ].filter(([times]) => times !== 0);
  return found.length === 0
    ? "nothing lost, nothing twice"
    : found.map(([times, what]) => `${times} ${what}`).join(", ");
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[i] ?? 0) : cell.padStart(WIDTHS[i] ?? 0)))
    .join(" ")
    .trimEnd();
}

/** Three digits that say something. */
function figure(number: number): string {
  if (number >= 100) return String(Math.round(number));
  return number.toFixed(number >= 10 ? 1 : 2);
}
