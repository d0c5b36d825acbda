import { parseArgs } from "node:util";

export interface Options {
  /** Pieces of the coupon. */
  readonly stock: number;
  /** Users who ask for one. */
  readonly users: number;
  /** Calls under way at a time. */
  readonly concurrency: number;
  /** False: only bring everything up. */
  readonly rush: boolean;
  /** End after the report. */
  readonly once: boolean;
  /** Where the report is written. */
  readonly json: string | undefined;
  /** Only say what the options are. */
  readonly help: boolean;
}

/** What was asked for makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const USAGE = `npm start -- [--stock N] [--users N] [--concurrency N] [--no-rush] [--once] [--json FILE]

  --stock N         pieces of the coupon (10000)
  --users N         users who ask for one (20000)
  --concurrency N   calls under way at a time (256)
  --no-rush         only bring everything up
  --once            end after the report; the exit code is not 0 when a promise was broken
  --json FILE       write the report there`;

/** @throws {UsageError} */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  return {
    stock: wholeNumber("stock", values.stock, 100_000_000),
    users: wholeNumber("users", values.users, 10_000_000),
    concurrency: wholeNumber("concurrency", values.concurrency, 10_000),
    rush: !values["no-rush"],
    once: values.once,
    json: values.json,
    help: values.help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        stock: { type: "string", default: "10000" },
        users: { type: "string", default: "20000" },
        concurrency: { type: "string", default: "256" },
        "no-rush": { type: "boolean", default: false },
        once: { type: "boolean", default: false },
        json: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > most) {
    throw new UsageError(`--${name} must be a whole number from 1 to ${most}, not ${text}`);
  }
  return number;
}
