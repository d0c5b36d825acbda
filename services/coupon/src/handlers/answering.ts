import { answeringWith, deadlineExceeded, resourceExhausted, unavailable } from "@firstcome/rpc";
import { OverloadedError, TooLateError, UnavailableError } from "../domain/faults.ts";

/** What the caller is told of a fault. Anything else stays what it is. */
export function toStatus(error: unknown): unknown {
  if (error instanceof UnavailableError) {
    const reason = `${error.store}_UNAVAILABLE` as const;
    return unavailable(reason, error.message, error.retryAfterMs, error.cause);
  }
  if (error instanceof OverloadedError) {
    return resourceExhausted(`${error.what}_FULL` as const, error.message, error.retryAfterMs);
  }
  if (error instanceof TooLateError) return deadlineExceeded("DEADLINE_EXCEEDED", error.message);
  return error;
}

export const { answering, streaming } = answeringWith(toStatus);
