import { parseArgs } from "node:util";

export interface Options {
  /** The same seed plans the same faults. */
  readonly seed: number;
  /** How long faults are played. */
  readonly seconds: number;
  /** Where the report is written. */
  readonly json: string | undefined;
  /** Where the history is written; a place under `.local` unless set. */
  readonly history: string | undefined;
  /** Only say what the options are. */
  readonly help: boolean;
}

/** What was asked for makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const USAGE = `npm run chaos -- [--quick] [--seed N] [--seconds N] [--json FILE] [--history FILE]

  --quick         90 seconds of faults: under 3 minutes in all
  --seed N        plans the faults: the same seed, the same kinds, targets, instants and durations (a new one each time)
  --seconds N     how long faults are played (300)
  --json FILE     write the report there
  --history FILE  write there, as JSON lines, what every caller saw and when every fault began and ended`;

const QUICK_SECONDS = 90;
const FULL_SECONDS = 300;
const MAX_SEED = 2 ** 32 - 1;

/**
 * @param freshSeed the seed when none is given
 * @throws {UsageError}
 */
export function parseOptions(args: string[], freshSeed: number): Options {
  const { quick, seed, seconds, json, history, help } = parse(args);
  return {
    seed: seed === undefined ? freshSeed : wholeNumber("seed", seed, { least: 0, most: MAX_SEED }),
    seconds:
      seconds === undefined
        ? quick
          ? QUICK_SECONDS
          : FULL_SECONDS
        : wholeNumber("seconds", seconds, { least: 10, most: 86_400 }),
    json,
    history,
    help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        quick: { type: "boolean", default: false },
        seed: { type: "string" },
        seconds: { type: "string" },
        json: { type: "string" },
        history: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not ${text}`);
  }
  return number;
}
