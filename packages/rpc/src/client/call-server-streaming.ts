import { fromServiceError } from "../errors/wire.ts";
import { ObjectReader } from "../object-reader.ts";
import { assertWanted, type CallOptions, cancelOn, NO_OPTIONS, prepare } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import type { RemoteMethod, Request, Response } from "./remote-method.ts";

/** The call begins when the iteration does, and ends with it. */
export function callServerStreaming(
  channel: Channel,
  { path, serialize, deserialize }: RemoteMethod,
): (request: Request, options?: CallOptions) => AsyncIterable<Response> {
  return async function* (request, options = NO_OPTIONS) {
    assertWanted(channel, options);
    const { metadata, callOptions } = prepare(channel, options);
    const call = channel.grpc.makeServerStreamRequest(path, serialize, deserialize, request, metadata, callOptions);
    const reader = new ObjectReader<Response>(call);
    call.on("error", (error) => reader.fail(fromServiceError(error)));
    const release = cancelOn(channel, options, call);
    try {
      yield* reader;
    } finally {
      release();
      call.cancel();
    }
  };
}
