import { answeringWith, resourceExhausted, unavailable } from "@firstcome/rpc";
import { OverloadedError, UnavailableError } from "../domain/faults.ts";

/** What the caller is told of a fault. Anything else stays what it is. */
function toStatus(error: unknown): unknown {
  if (error instanceof UnavailableError) {
    return unavailable(`${error.what}_UNAVAILABLE` as const, error.message, error.retryAfterMs, error.cause);
  }
  if (error instanceof OverloadedError) {
    return resourceExhausted("PAYMENTS_WAITING", error.message, error.retryAfterMs);
  }
  return error;
}

export const { answering } = answeringWith(toStatus);
