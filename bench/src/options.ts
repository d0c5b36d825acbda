import { parseValues, UsageError } from "./command-line.ts";

export interface Options {
  readonly mode: "quick" | "full";
  /** Where the result is written. */
  readonly json: string | undefined;
  /** Measure nothing: show the result that an earlier run has written there. */
  readonly from: string | undefined;
  /** Draw the pictures of the README anew. */
  readonly images: boolean;
  /** Only these contestants and parts; empty: all. */
  readonly only: readonly string[];
  /** A target that is missed is a failure. */
  readonly strict: boolean;
  /** Only say what the options are. */
  readonly help: boolean;
}

/** @param names what `--only` may name */
export function usageOf(names: readonly string[]): string {
  return `npm run bench -- [--quick] [--json FILE] [--only NAME,NAME…] [--strict] [--from FILE] [--images]

  --quick       shorter runs: under 6 minutes instead of about 15
  --json FILE   write the result there
  --only NAMES  only these, of: ${names.join(", ")}
  --strict      a missed target is a failure too; broken promises and contestants that fail always are
  --from FILE   measure nothing: show the result that an earlier run wrote there
  --images      draw the pictures in docs/images anew`;
}

/** @throws {UsageError} */
export function parseOptions(args: string[], names: readonly string[]): Options {
  const values = parseValues(args, OPTIONS);
  const only = (values.only ?? "").split(",").filter((name) => name !== "");
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new UsageError(`--only: there is no ${unknown.join(", ")}`);
  const { quick, json, from, images, strict, help } = values;
  return { mode: quick ? "quick" : "full", json, from, images, only, strict, help };
}

const OPTIONS = {
  quick: { type: "boolean", default: false },
  json: { type: "string" },
  from: { type: "string" },
  images: { type: "boolean", default: false },
  only: { type: "string" },
  strict: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;
