import { Code, RpcError } from "@firstcome/rpc";
import { type Neighbour, UnavailableError } from "../domain/faults.ts";

/**
 * What a failed call of another service means here. Its own errors must not become ours by passing through.
 *
 * @returns UnavailableError when the call may have taken effect, or the service is not as it should be; another error
 * when it has refused this very request and would again
 */
export function remoteFault(service: Exclude<Neighbour, "DATABASE">, error: unknown): Error {
  if (!(error instanceof RpcError)) return error instanceof Error ? error : new Error(String(error));
  if (REFUSALS.has(error.code)) return new Error(`refused: ${error.reason}: ${error.message}`, { cause: error });
  return new UnavailableError(service, error.retryAfterMs ?? RETRY_AFTER_MS, error);
}

const REFUSALS: ReadonlySet<Code> = new Set([
  Code.INVALID_ARGUMENT,
  Code.NOT_FOUND,
  Code.FAILED_PRECONDITION,
  Code.OUT_OF_RANGE,
  Code.ALREADY_EXISTS,
]);

const RETRY_AFTER_MS = 500;
