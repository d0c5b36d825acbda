import { writeFileSync } from "node:fs";
import { describeFault, type Fault } from "../plan/fault.ts";
import type { Report } from "./report.ts";

export function printPlan(plan: readonly Fault[], say: (line: string) => void): void {
  say(`${plan.length} faults are planned:`);
  for (const fault of plan) {
    const at = (fault.atMs / 1_000).toFixed(1).padStart(7);
    say(`${String(fault.no).padStart(4)} ${at} s  ${describeFault(fault)}`);
  }
}

export function printReport(report: Report, broken: readonly string[]): void {
  console.log(`\nSeed ${report.seed}, ${report.seconds} s: ${report.faultCount} faults of ${report.faultKinds} kinds`);
  const faults = Object.entries(report.faults).toSorted(([one], [other]) => one.localeCompare(other));
  for (const [fault, times] of faults) line(fault, times);

  console.log("\nWhat callers were told");
  for (const [call, outcomes] of Object.entries(report.calls)) {
    line(
      call,
      Object.entries(outcomes)
        .map(([outcome, times]) => `${outcome} ${times}`)
        .join(", "),
    );
  }

  console.log("\nThe promises, held against MySQL and Redis");
  line("coupons, finished", `${report.coupons}, ${report.finished}`);
  line("accepted, rows", `${report.accepted}, ${report.rows}`);
  line("lost", report.lost);
  line("duplicated", report.duplicated);
  line("over-issued", report.overIssued);
  line("number mismatches, gaps", `${report.numberMismatches}, ${report.numberGaps}`);
  line("second thoughts", report.secondThoughts);
  line("dead letters redriven, left", `${report.redriven}, ${report.deadLetters}`);
  line("orders paid, cancelled", `${report.orders.paid}, ${report.orders.cancelled}`);
  line("sales mismatches", report.salesMismatches);
  const { slowestRecovery: slowest } = report;
  if (slowest) line("slowest recovery", `${slowest.ms} ms, ${slowest.of} after ${slowest.after}`);
  for (const what of report.notSeen) line("NOT PUT TO THE TEST", what);
  console.log(broken.length === 0 ? "\nEvery promise was kept." : `\nBROKEN\n  ${broken.join("\n  ")}`);
}

export function writeReport(report: Report, file: string): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

function line(what: string, value: string | number): void {
  console.log(`  ${what.padEnd(30)} ${value}`);
}
