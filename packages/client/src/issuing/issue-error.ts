import { durationMs } from "@bufbuild/protobuf/wkt";
import type { BatchError } from "@firstcome/contracts/coupon";
import { Code, codeName, type Reason, RpcError, unavailable } from "@firstcome/rpc";

/** Nothing was decided, or nobody knows whether it was: asking again is safe, the same user gets the same number. */
export function isRetriable({ code }: RpcError): boolean {
  return code === Code.UNAVAILABLE || code === Code.RESOURCE_EXHAUSTED;
}

/** The stream is not for this caller, or not there at all; single calls may be. */
export function isRefusal({ code }: RpcError): boolean {
  return code === Code.UNIMPLEMENTED || code === Code.PERMISSION_DENIED;
}

/** Why a batch was not decided, as the same failure of a single call would say it. */
export function batchFailure({ code, reason, message, retryDelay }: BatchError): RpcError {
  const name = codeName(code);
  return new RpcError(Code[name], (reason || name) as Reason, message, {
    retryAfterMs: retryDelay && durationMs(retryDelay),
  });
}

/** What the end of a stream means for the batches that it leaves unanswered. */
export function streamFailure(error: unknown): RpcError {
  if (!(error instanceof RpcError)) return unavailable("STREAM_BROKEN", "the stream broke", undefined, error);
  return ACCIDENTS.has(error.code)
    ? unavailable("STREAM_BROKEN", `the stream broke: ${error.message}`, error.retryAfterMs, error)
    : error;
}

/** How connections that are cut, and servers that crash or stop, may look from here. */
const ACCIDENTS: ReadonlySet<Code> = new Set([
  Code.CANCELLED,
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.ABORTED,
  Code.INTERNAL,
]);
