import { randomInt } from "node:crypto";
import { parseOptions, USAGE, UsageError, type Options } from "./options.ts";
import { makePlan } from "./plan/make-plan.ts";
import { printPlan, printReport, writeReport } from "./report/print.ts";
import { causesOf } from "./report/causes.ts";
import { makeReport, whatIsBroken } from "./report/report.ts";
import { runChaos } from "./run-chaos.ts";

/** `npm run chaos`: breaks everything at random under a rush, and exits with 0 only when every promise held. */
try {
  const options = parseOptions(process.argv.slice(2), randomInt(2 ** 32));
  if (options.help) console.log(USAGE);
  else process.exitCode = await run(options);
} catch (error) {
  // What is wrong with the options is said in a sentence; anything else with its trace.
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else for (const cause of causesOf(error)) console.error(cause);
  // Whatever could not be disposed of either may not keep the process: its guard ends what was started.
  process.exit(error instanceof UsageError ? 2 : 1);
}

async function run(options: Options): Promise<number> {
  // What was started ends with this process: its guard sees to that, in whatever state things are.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const startedAt = performance.now();
  const say = (text: string): void => console.log(`[${((performance.now() - startedAt) / 1_000).toFixed(1)}] ${text}`);

  const plan = makePlan(options.seed, options.seconds);
  say(`Seed ${options.seed}`);
  printPlan(plan, say);
  const report = makeReport(await runChaos(options, plan, say));
  const broken = whatIsBroken(report);
  printReport(report, broken);
  if (options.json !== undefined) writeReport(report, options.json);
  return broken.length === 0 ? 0 : 1;
}
