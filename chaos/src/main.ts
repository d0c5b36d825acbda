import { randomInt } from "node:crypto";
import { once } from "node:events";
import { parseOptions, USAGE, UsageError, type Options } from "./options.ts";
import { makePlan } from "./plan/make-plan.ts";
import { printPlan, printReport, writeReport } from "./report/print.ts";
import { makeReport, whatIsBroken } from "./report/report.ts";
import { runChaos } from "./run-chaos.ts";

/** `npm run chaos`: breaks everything at random under a rush, and exits with 0 only when every promise held. */
try {
  const options = parseOptions(process.argv.slice(2), randomInt(2 ** 32));
  if (options.help) console.log(USAGE);
  else process.exitCode = await run(options);
} catch (error) {
  // What is wrong with the options is said in a sentence; anything else with its trace.
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function run(options: Options): Promise<number> {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(
    () => "interrupted" as const,
  );
  const startedAt = performance.now();
  const say = (text: string): void => console.log(`[${((performance.now() - startedAt) / 1_000).toFixed(1)}] ${text}`);

  const plan = makePlan(options.seed, options.seconds);
  say(`Seed ${options.seed}`);
  printPlan(plan, say);
  const findings = await Promise.race([runChaos(options, plan, say), interrupted]);
  // What was started ends with this process: its guard sees to that, in whatever state things are.
  if (findings === "interrupted") process.exit(130);

  const report = makeReport(findings);
  const broken = whatIsBroken(report);
  printReport(report, broken);
  if (options.json !== undefined) writeReport(report, options.json);
  return broken.length === 0 ? 0 : 1;
}
