import { InterceptingCall, type Interceptor, type Metadata } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { AUTHORIZATION } from "../headers.ts";

export function authorize(metadata: Metadata, token: string): void {
  metadata.set(AUTHORIZATION, `Bearer ${token}`);
}

/** Holds a call back until its token is made. A token that cannot be made ends the call with UNAUTHENTICATED. */
export function authorizeLate(token: Promise<string>): Interceptor {
  return (options, nextCall) => {
    const call = new InterceptingCall(nextCall(options), {
      start(metadata, listener, next) {
        void begin(token, metadata, call, () => next(metadata, listener));
      },
    });
    return call;
  };
}

async function begin(
  token: Promise<string>,
  metadata: Metadata,
  call: InterceptingCall,
  start: () => void,
): Promise<void> {
  const made = await token.catch((error: unknown) => ({ error }));
  if (typeof made === "string") {
    authorize(metadata, made);
    start();
  } else {
    // Started all the same, since a call that never was would never end.
    start();
    call.cancelWithStatus(Code.UNAUTHENTICATED, `no token could be made: ${String(made.error)}`);
  }
}
