import { deadlineExceeded, resourceExhausted, unavailable } from "@firstcome/rpc";
import { OverloadedError, TooLateError, UnavailableError } from "../domain/faults.ts";

/** Gives the faults of the domain's ports their status, for a method that answers with a promise. */
export function answering<Q, C, R>(handler: (request: Q, ctx: C) => Promise<R>): (request: Q, ctx: C) => Promise<R> {
  return async (request, ctx) => {
    try {
      return await handler(request, ctx);
    } catch (error) {
      throw toStatus(error);
    }
  };
}

/** The same for a method that answers with a stream. */
export function streaming<Q, C, R>(
  handler: (request: Q, ctx: C) => AsyncIterable<R>,
): (request: Q, ctx: C) => AsyncIterable<R> {
  return async function* answer(request, ctx) {
    try {
      yield* handler(request, ctx);
    } catch (error) {
      throw toStatus(error);
    }
  };
}

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
