import { type Deadline, InterceptingCall, type Interceptor, Metadata } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { AUTHORIZATION } from "../headers.ts";

export function authorize(metadata: Metadata, token: string): void {
  metadata.set(AUTHORIZATION, `Bearer ${token}`);
}

/**
 * Holds a call back until its token is made. A token that cannot be made ends the call with UNAUTHENTICATED; a call that is
 * given up meanwhile, or whose deadline passes, ends at once.
 */
export function authorizeLate(token: Promise<string>): Interceptor {
  return (options, nextCall) => {
    const ended = Promise.withResolvers<Ending>();
    return new InterceptingCall(nextCall(options), {
      async start(metadata, listener, next) {
        const timer = atDeadline(options.deadline, () =>
          ended.resolve({ code: Code.DEADLINE_EXCEEDED, details: "no token was made before the deadline" }),
        );
        const made = await Promise.race([token.catch(unauthenticated), ended.promise]);
        clearTimeout(timer);
        if (typeof made === "string") {
          authorize(metadata, made);
          next(metadata, listener);
        } else {
          // Told here: grpc-js keeps the end of a call that was never started to itself.
          listener.onReceiveStatus?.({ ...made, metadata: new Metadata() });
        }
      },
      cancel(next) {
        ended.resolve({ code: Code.CANCELLED, details: "cancelled before a token was made" });
        next();
      },
    });
  };
}

interface Ending {
  code: Code;
  details: string;
}

function unauthenticated(error: unknown): Ending {
  return { code: Code.UNAUTHENTICATED, details: `no token could be made: ${String(error)}` };
}

function atDeadline(deadline: Deadline | undefined, then: () => void): NodeJS.Timeout | undefined {
  const at = Number(deadline ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(at) ? setTimeout(then, Math.max(at - Date.now(), 0)) : undefined;
}
