import { type Deadline, InterceptingCall, type Interceptor, type Metadata } from "@grpc/grpc-js";
import type { TokenSource } from "../auth/token-source.ts";
import { Code } from "../errors/code.ts";
import { deadlineExceeded, RpcError, unauthenticated } from "../errors/rpc-error.ts";
import { toStatus } from "../errors/wire.ts";
import { AUTHORIZATION } from "../headers.ts";

/**
 * Puts a token on a call: at once when the source has one, or by the interceptor that it gives for one that is to be made.
 *
 * @throws RpcError UNAUTHENTICATED (NO_TOKEN) when the source throws, or gives what cannot be sent
 */
export function authorize(metadata: Metadata, source: TokenSource): Interceptor | undefined {
  const token = ask(source);
  if (token instanceof Promise) return authorizeLate(token);
  metadata.set(AUTHORIZATION, bearer(token));
  return undefined;
}

/**
 * Holds a call back until its token is made. A token that cannot be made ends the call with UNAUTHENTICATED; a call that is
 * given up meanwhile, or whose deadline passes, ends at once.
 */
function authorizeLate(token: Promise<string>): Interceptor {
  return (options, nextCall) => {
    const ended = Promise.withResolvers<RpcError>();
    return new InterceptingCall(nextCall(options), {
      async start(metadata, listener, next) {
        const timer = atDeadline(options.deadline, () =>
          ended.resolve(deadlineExceeded("DEADLINE_EXCEEDED", "no token was made before the deadline")),
        );
        const made = await Promise.race([token.then(bearer).catch(noToken), ended.promise]);
        clearTimeout(timer);
        if (typeof made === "string") {
          metadata.set(AUTHORIZATION, made);
          next(metadata, listener);
        } else {
          // Told here: grpc-js keeps the end of a call that was never started to itself.
          listener.onReceiveStatus?.(toStatus(made));
        }
      },
      cancel(next) {
        ended.resolve(new RpcError(Code.CANCELLED, "CANCELLED", "cancelled before a token was made"));
        next();
      },
    });
  };
}

function ask(source: TokenSource): string | Promise<string> {
  try {
    return source();
  } catch (error) {
    throw noToken(error);
  }
}

/** A header that grpc-js refuses is repeated in its error, and this one is a secret. */
function bearer(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) throw noToken("it has characters that no header may hold");
  return `Bearer ${token}`;
}

function noToken(error: unknown): RpcError {
  return error instanceof RpcError
    ? error
    : unauthenticated("NO_TOKEN", `no token could be made: ${String(error)}`, error);
}

function atDeadline(deadline: Deadline | undefined, then: () => void): NodeJS.Timeout | undefined {
  const at = Number(deadline ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(at) ? setTimeout(then, Math.min(Math.max(at - Date.now(), 0), LONGEST_TIMER_MS)) : undefined;
}

/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
