import { parseValues, UsageError } from "../command-line.ts";
import type { OverloadPlan } from "./overload.ts";

export interface OverloadOptions extends OverloadPlan {
  /** Only say what the options are. */
  readonly help: boolean;
}

const TIMES = { min: 0.1, max: 100 };
/** In a longer run the coupon would be sold out, and losers cost less. */
const SECONDS = { min: 1, max: 300 };
const CONNECTIONS = { min: 1, max: 1_000, whole: true };

export const OVERLOAD_USAGE = `npm run overload -w bench -- [--times N] [--seconds N] [--connections N]

  --times N        ask for so many times what the service can serve, ${TIMES.min} to ${TIMES.max}; 10 unless set
  --seconds N      for so long, ${SECONDS.min} to ${SECONDS.max}; 60 unless set
  --connections N  over so many connections, ${CONNECTIONS.min} to ${CONNECTIONS.max}; 16 unless set`;

/** @throws {UsageError} */
export function parseOverloadOptions(args: string[]): OverloadOptions {
  const { times, seconds, connections, help } = parseValues(args, OPTIONS);
  return {
    times: numberIn(TIMES, "--times", times),
    seconds: numberIn(SECONDS, "--seconds", seconds),
    connections: numberIn(CONNECTIONS, "--connections", connections),
    help,
  };
}

const OPTIONS = {
  times: { type: "string", default: "10" },
  seconds: { type: "string", default: "60" },
  connections: { type: "string", default: "16" },
  help: { type: "boolean", short: "h", default: false },
} as const;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

function numberIn({ min, max, whole = false }: Range, option: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (Number.isInteger(value) || !whole)) return value;
  throw new UsageError(`${option} must be a ${whole ? "whole number" : "number"} from ${min} to ${max}, not "${text}"`);
}
