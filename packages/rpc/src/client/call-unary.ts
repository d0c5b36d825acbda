import { fromServiceError } from "../errors/wire.ts";
import { assertWanted, type CallOptions, cancelOn, NO_OPTIONS, prepare } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import type { RemoteMethod, Request, Response } from "./remote-method.ts";

export function callUnary(
  channel: Channel,
  { path, serialize, deserialize }: RemoteMethod,
): (request: Request, options?: CallOptions) => Promise<Response> {
  // Not an async function: the executor turns a throw into a rejection just as well, with one promise less per call.
  return (request, options = NO_OPTIONS) =>
    new Promise((resolve, reject) => {
      assertWanted(channel, options);
      const { metadata, callOptions } = prepare(channel, options, channel.defaultTimeoutMs);
      const call = channel.grpc.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        request,
        metadata,
        callOptions,
        (error, response) => {
          release();
          if (error) reject(fromServiceError(error));
          else resolve(response as Response);
        },
      );
      const release = cancelOn(channel, options, call);
    });
}
