import { parseArgs, type ParseArgsConfig } from "node:util";

type OptionTypes = NonNullable<ParseArgsConfig["options"]>;

/** What was asked for makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the options are set to. @throws {UsageError} at one that there is not, or without its value */
export function parseValues<const T extends OptionTypes>(args: string[], options: T) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Says why a command failed, and has the process end by 2 for options that make no sense, by 1 for anything else. */
export function failWith(error: unknown, usage: string): void {
  // What is wrong with the options is said in a sentence; anything else with its trace.
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
