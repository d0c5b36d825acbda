import { once } from "node:events";
import { runMainJob } from "./main-job.ts";
import { parseOptions, USAGE, UsageError } from "./options.ts";
import { printReport, printTour, writeReport } from "./print.ts";
import { makeReport, whatIsBroken } from "./report.ts";
import { startShop } from "./shop.ts";

/** `npm start`: everything in one terminal, then the main job, then it stays up until it is asked to stop. */
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else await run(options);
} catch (error) {
  // What is wrong with the options is said in a sentence; anything else with its trace.
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function run(options: ReturnType<typeof parseOptions>): Promise<void> {
  const asked = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(() => "asked to stop" as const);
  await using shop = await startShop(console.log);

  if (options.rush) {
    const result = await Promise.race([runMainJob(shop, options, console.log), asked]);
    if (result === "asked to stop") return;
    const report = makeReport(result.findings);
    const broken = whatIsBroken(result.findings);
    printReport(report, broken, result.productNames);
    if (options.json) writeReport(report, options.json);
    if (broken.length > 0) process.exitCode = 1;
  }
  if (options.once) return;
  printTour(shop);
  await asked;
  console.log("\nStopping …");
}
