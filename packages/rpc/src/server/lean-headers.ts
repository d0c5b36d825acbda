import type { ServerHttp2Stream } from "node:http2";
import { Metadata, type Server, type ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { setHttp2Options } from "./http2-options.ts";

/**
 * Sends the headers that every answer has as one list, made once. grpc-js puts them together from four objects for each call, and
 * Node copies what comes of it, looks through it and adds a date. See ADR 0022.
 *
 * grpc-js has no option for it, so the call's way of sending them is amended. A handler that sends headers of its own goes past
 * it. Should grpc-js keep its state otherwise one day, nothing is amended: it is a matter of speed only, and a test fails.
 */
export const leanHeaders: ServerInterceptor = (_method, call) => {
  if (isGrpcJsCall(call)) call.maybeSendMetadata = sendHeaders;
  return call as ServerInterceptingCall;
};

/**
 * Lets Node send headers without noting, for each answer, which it has seen: some must not come twice, and none here does.
 * Must be called before the server is bound.
 */
export function trustOwnHeaders(server: Server): void {
  setHttp2Options(server, { strictSingleValueFields: false });
}

/** What is used of grpc-js's own; its types do not tell of it. */
interface GrpcJsCall {
  readonly stream: ServerHttp2Stream;
  metadataSent: boolean;
  /** Called before a message; does nothing when headers were sent. */
  maybeSendMetadata(): void;
  checkCancelled(): boolean;
}

function isGrpcJsCall(call: object): call is GrpcJsCall {
  return "stream" in call && "metadataSent" in call && "maybeSendMetadata" in call && "checkCancelled" in call;
}

// One for all calls, as all that is made here: the hot path makes nothing.
function sendHeaders(this: GrpcJsCall): void {
  if (this.metadataSent || this.checkCancelled()) return;
  this.metadataSent = true;
  this.stream.respond(HEADERS, WITH_TRAILERS);
}

/** Names and values by turns, which Node takes as they are. */
const HEADERS = Object.entries({
  ":status": "200",
  "content-type": "application/grpc+proto",
  "grpc-encoding": "identity",
  "grpc-accept-encoding": "identity,deflate,gzip",
}).flat();

const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };

/** grpc-js copies the trailers that it is given, and makes some for a call that has none. */
class NoTrailers extends Metadata {
  override clone(): this {
    return this;
  }
}

/** The trailers of a call that has none of its own. Nothing is ever added to them. */
export const NO_TRAILERS: Metadata = new NoTrailers();
