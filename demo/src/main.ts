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
  const stop = stopWhenAsked();
  await using shop = await unlessStopped(stop, startShop(console.log, stop));
  if (!shop) return;

  if (options.rush) {
    const result = await unlessStopped(stop, runMainJob(shop, options, console.log, stop));
    if (!result) return;
    const report = makeReport(result.findings);
    const broken = whatIsBroken(result.findings);
    printReport(report, broken, result.productNames);
    if (options.json) writeReport(report, options.json);
    if (broken.length > 0) process.exitCode = 1;
  }
  if (options.once || stop.aborted) return;
  printTour(shop);
  await once(stop, "abort");
}

/** Aborts when the process is asked to stop. Whoever asks twice need not wait: the second time it ends at once. */
function stopWhenAsked(): AbortSignal {
  const stopping = new AbortController();
  stopping.signal.addEventListener("abort", () => console.log("\nStopping …"));
  for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => stopping.abort());
  return stopping.signal;
}

/** Undefined when it was cut short. What fails after that has failed because of it. */
async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}
