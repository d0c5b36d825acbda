import type { GrpcCall } from "./call-context.ts";

/** The HTTP/2 stream of a call. grpc-js keeps it and offers no way to it; undefined should it be kept otherwise one day. */
export function streamOf(call: GrpcCall): object | undefined {
  return (call as GrpcCall & HoldsStream).call?.stream;
}

interface HoldsStream {
  readonly call?: { readonly stream?: object };
}
