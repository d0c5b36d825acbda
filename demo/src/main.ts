import { once } from "node:events";
import { parseOptions, UsageError } from "./options.ts";
import { runMainJob } from "./main-job.ts";
import { printReport, printTour, writeReport } from "./print.ts";
import { startShop } from "./shop.ts";

/** `npm start`: everything in one terminal, then the main job, then it stays up. */
try {
  const options = parseOptions(process.argv.slice(2));
  const asked = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await using shop = await startShop(console.log);

  if (options.rush) {
    const report = await runMainJob(shop, options, console.log);
    printReport(report);
    if (options.json) writeReport(report, options.json);
    if (report.broken.length > 0) process.exitCode = 1;
  }
  if (!options.once) {
    printTour(shop);
    await asked;
    console.log("\nStopping …");
  }
} catch (error) {
  // What is wrong with the options or the machine is said in a sentence; the rest with its trace.
  console.error(error instanceof UsageError || !(error instanceof Error) ? String(error) : error.stack);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
