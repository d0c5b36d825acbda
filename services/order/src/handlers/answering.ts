import { resourceExhausted, unavailable } from "@firstcome/rpc";
import { OverloadedError, UnavailableError } from "../domain/faults.ts";

/** Gives the faults of the domain's ports their status. */
export function answering<Q, C, R>(handler: (request: Q, ctx: C) => Promise<R>): (request: Q, ctx: C) => Promise<R> {
  return async (request, ctx) => {
    try {
      return await handler(request, ctx);
    } catch (error) {
      throw toStatus(error);
    }
  };
}

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
