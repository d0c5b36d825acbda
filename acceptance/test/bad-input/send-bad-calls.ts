import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@firstcome/rpc";
import fc from "fast-check";
import { badCalls } from "./bad-calls.ts";
import { nameOf } from "./every-method.ts";
import { type RawAnswer, type RawCall, RawCaller } from "./raw-caller.ts";
import { faultOf } from "./verdict.ts";

/** What came of many bad calls of one method. */
export interface Outcome {
  readonly method: string;
  readonly inputs: number;
  /** Each with what is needed to send the same again. */
  readonly faults: readonly string[];
  /** How many got past all that looks at the input alone: that none did would say that the input is too bad to be of use. */
  readonly reached: number;
}

const AT_ONCE = 16;

/** Sends `inputs` calls that are made up from the seed; the same seed makes the same calls. */
export async function sendBadCalls(
  address: string,
  method: DescMethod,
  { seed, inputs }: { seed: number; inputs: number },
): Promise<Outcome> {
  using caller = new RawCaller(address);
  const calls = fc.sample(badCalls(method), { numRuns: inputs, seed });
  const faults: string[] = [];
  let reached = 0;
  const queue = calls.entries();
  const sendNext = async (): Promise<void> => {
    for (const [i, call] of queue) {
      const answer = await caller.call(call);
      if (isPastChecks(answer)) reached += 1;
      // Who hangs up gets no answer.
      const fault = call.ending === "reset" ? undefined : faultOf(answer);
      if (fault !== undefined) faults.push(`${nameOf(method)} #${i}: ${fault}\n  ${describe(call)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendNext));
  return { method: nameOf(method), inputs: calls.length, faults, reached };
}

function isPastChecks({ kind, code }: RawAnswer): boolean {
  return kind === "open" || (kind === "answered" && code !== undefined && !CHECKS.has(code));
}

const CHECKS: ReadonlySet<number> = new Set([
  Code.INVALID_ARGUMENT,
  Code.RESOURCE_EXHAUSTED,
  Code.UNIMPLEMENTED,
  Code.DEADLINE_EXCEEDED,
]);

function describe({ headers, chunks }: RawCall): string {
  const bytes = Buffer.concat(chunks);
  const shown = bytes.subarray(0, 200).toString("hex");
  return `${JSON.stringify(headers)} ${shown}${bytes.length > 200 ? `… (${bytes.length} bytes)` : ""}`;
}
