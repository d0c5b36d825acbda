import type { DescService } from "@bufbuild/protobuf";
import { callBidi } from "./call-bidi.ts";
import { callClientStreaming } from "./call-client-streaming.ts";
import { callServerStreaming } from "./call-server-streaming.ts";
import { callUnary } from "./call-unary.ts";
import type { Channel } from "./channel.ts";
import type { ClientMethod } from "./client-method.ts";
import { remoteMethod } from "./remote-method.ts";

/** All methods of a service, as functions. */
export type Client<S extends DescService> = { readonly [K in keyof S["method"]]: ClientMethod<S["method"][K]> };

/** Calls a service over a channel. Costs nothing to make; the channel is the connection. */
export function createClient<S extends DescService>(service: S, channel: Channel): Client<S> {
  const methods = service.methods.map((method) => [
    method.localName,
    CALL_OF[method.methodKind](channel, remoteMethod(method)),
  ]);
  // Built from descriptors, whose methods the mapped type cannot follow.
  return Object.fromEntries(methods) as Client<S>;
}

const CALL_OF = {
  unary: callUnary,
  server_streaming: callServerStreaming,
  client_streaming: callClientStreaming,
  bidi_streaming: callBidi,
};
