// `npm run bench`: Firstcome and what would be used instead, side by side, on this machine.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@firstcome/stack";
import { failWith, UsageError } from "./command-line.ts";
import { type Options, parseOptions, usageOf } from "./options.ts";
import { printResult } from "./print.ts";
import { writeImages, writeReport } from "./report/write-report.ts";
import { type BenchResult, RESULT_VERSION } from "./result.ts";
import { NAMES, runBench } from "./run-bench.ts";
import { sayWithTime } from "./say.ts";

// The children end by themselves when this process is gone, and the process guard ends the servers.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  const options = parseOptions(process.argv.slice(2), NAMES);
  if (options.help) console.log(usageOf(NAMES));
  else await run(options);
} catch (error) {
  failWith(error, usageOf(NAMES));
}

async function run(options: Options): Promise<void> {
  const { from, json } = options;
  if (json !== undefined) assertWritable(json);
  const result = from === undefined ? await runBench(options, sayWithTime()) : readResult(from);
  printResult(result, console.log);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  const report = await writeReport(result, join(repositoryRoot, "bench/report"));
  console.log(`\n${Math.round(result.seconds)} s. The report: ${report}`);
  if (options.images) console.log((await writeImages(result, join(repositoryRoot, "docs/images"))).join("\n"));
  const missed = options.strict && Object.values(result.targets).some(({ met }) => !met);
  if (missed || result.violations.length > 0 || result.failed.length > 0) process.exitCode = 1;
}

/** Before anything is measured, rather than after minutes. @throws {UsageError} when the file cannot be written */
function assertWritable(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new UsageError(`--json: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** @throws {UsageError} at one that another version of the bench has written */
function readResult(file: string): BenchResult {
  const result = JSON.parse(readFileSync(file, "utf8")) as { readonly version: unknown };
  if (result.version !== RESULT_VERSION) {
    throw new UsageError(`--from: ${file} is of another version of the bench, and cannot be shown: measure anew`);
  }
  return result as BenchResult;
}
