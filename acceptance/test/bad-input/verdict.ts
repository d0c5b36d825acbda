import { Code, codeName } from "@firstcome/rpc";
import type { RawAnswer } from "./raw-caller.ts";

/** What is wrong with an answer to bad input; undefined when nothing is. */
export function faultOf({ kind, httpStatus, code, message, reason, domain }: RawAnswer): string | undefined {
  if (kind === "silent") return "nothing was answered";
  if (kind === "reset") return "the stream was cut off without a status";
  if (kind === "open" || code === Code.OK) return undefined;
  // gRPC says that what is no gRPC is told so in HTTP.
  if (code === undefined) return httpStatus === 415 ? undefined : `no gRPC status, HTTP ${httpStatus}`;
  if (UNHANDLED.has(code)) return `${codeName(code)}: ${message}`;
  if (domain !== "firstcome" || reason === undefined) return `${codeName(code)} without a reason: ${message}`;
  if (!/^[A-Z][A-Z0-9_]{2,62}$/.test(reason)) return `an unstable reason: ${reason}`;
  if (message === "" || message.length > LONGEST_MESSAGE) return `a message of ${message.length} characters`;
  return LEAKS.test(message) ? `a message that tells too much: ${message}` : undefined;
}

/** Each would say that the service did not foresee the input. */
const UNHANDLED: ReadonlySet<number> = new Set([Code.UNKNOWN, Code.INTERNAL, Code.DATA_LOSS]);

/** Metadata as a whole is limited to 8–16 KB by most clients, and the message is in it twice. */
const LONGEST_MESSAGE = 2_000;

/** Stacks, file names, SQL, and what servers and drivers say. */
const LEAKS =
  /\n\s+at |\.[jt]s:\d|node_modules|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE)\s|SQL|\bER_[A-Z_]+|ERR [a-z]|WRONGTYPE|NOSCRIPT|ECONN|(Type|Range|Reference|Syntax)Error|undefined|\[object/;
