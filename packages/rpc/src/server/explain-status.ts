import type { ServerHttp2Stream } from "node:http2";
import { type Server, type ServerInterceptingCall, type ServerInterceptor, status as Status } from "@grpc/grpc-js";
import { Code, codeName } from "../errors/code.ts";
import { type Reason, RpcError } from "../errors/rpc-error.ts";
import { toStatus } from "../errors/wire.ts";

/**
 * Gives the refusals that grpc-js makes by itself, before a handler is asked, what every other error has: a code that says
 * whose fault it is and a stable reason. Without metadata a status is one of those; ours and OK pass as they are.
 */
export const explainStatus: ServerInterceptor = (_method, call) => {
  call.sendStatus = sendExplained;
  // The same call, amended: a wrapping one, as the type asks for, would cost every call another set of listeners.
  return call as ServerInterceptingCall;
};

// One for all calls: the hot path makes no closure for it.
function sendExplained(this: AmendedCall, status: GivenStatus): void {
  const toSend = status.code === Status.OK || status.metadata ? status : explained(status);
  (Object.getPrototypeOf(this) as AmendedCall).sendStatus.call(this, toSend);
}

type AmendedCall = Parameters<ServerInterceptor>[1];

/**
 * The same for methods that do not exist, which reach no interceptor. Must be called before the server is bound. grpc-js
 * offers no way to answer them, so the method that does is amended.
 */
export function explainUnknownMethods(server: Server): void {
  const respond: unknown = Reflect.get(server, "_respondWithError");
  if (typeof respond !== "function")
    throw new Error("grpc-js does not answer unknown methods by _respondWithError any more");
  Reflect.set(server, "_respondWithError", (_status: unknown, stream: ServerHttp2Stream, ...rest: unknown[]) => {
    const error = new RpcError(Code.UNIMPLEMENTED, "METHOD_NOT_FOUND", "there is no such method");
    Reflect.apply(respond, server, [toStatus(error), stream, ...rest]);
    // Nobody reads what was sent with the call, and a stream that is not read never closes.
    stream.resume();
  });
}

type GivenStatus = Parameters<ServerInterceptingCall["sendStatus"]>[0];

function explained({ code, details }: GivenStatus): GivenStatus {
  const known = REFUSALS.find(({ says }) => says.test(details));
  return toStatus(new RpcError(known?.code ?? code, known?.reason ?? codeName(code), details));
}

/** What grpc-js says of what is wrong with a call. It blames the server, INTERNAL, for some faults of the caller. */
const REFUSALS: readonly { says: RegExp; code: Code; reason: Reason }[] = [
  { says: /larger than/, code: Code.RESOURCE_EXHAUSTED, reason: "MESSAGE_TOO_LARGE" },
  { says: /^Received no request message/, code: Code.INVALID_ARGUMENT, reason: "MESSAGE_MISSING" },
  { says: /^Received a second request message/, code: Code.INVALID_ARGUMENT, reason: "ONE_MESSAGE_ONLY" },
  { says: /^Failed to decompress/, code: Code.INVALID_ARGUMENT, reason: "MALFORMED_MESSAGE" },
  { says: /unsupported encoding/, code: Code.UNIMPLEMENTED, reason: "ENCODING_NOT_SUPPORTED" },
  { says: /^Invalid grpc-timeout/, code: Code.INVALID_ARGUMENT, reason: "INVALID_TIMEOUT" },
];
