import { resourceExhausted, type RpcError } from "../errors/rpc-error.ts";
import { fromServiceError } from "../errors/wire.ts";
import { assertWanted, type CallOptions, cancelOn, NO_OPTIONS, prepare } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import { HoldBack } from "./hold-back.ts";
import type { RemoteMethod, Request, Response } from "./remote-method.ts";

export function callUnary(
  channel: Channel,
  { path, serialize, deserialize }: RemoteMethod,
): (request: Request, options?: CallOptions) => Promise<Response> {
  // One for each method: the server never refuses those for operators, so they are not held back with the others.
  const holdBack = new HoldBack();
  // Not an async function: the executor turns a throw into a rejection just as well, with one promise less per call.
  return (request, options = NO_OPTIONS) =>
    new Promise((resolve, reject) => {
      assertWanted(channel, options);
      if (!holdBack.mayAsk(performance.now(), Math.random())) throw heldBack();
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
          const failure = error && fromServiceError(error);
          if (failure?.reason === "OVERLOADED") holdBack.refused(performance.now());
          else holdBack.taken(performance.now());
          if (failure) reject(failure);
          else resolve(response as Response);
        },
      );
      const release = cancelOn(channel, options, call);
    });
}

/** Told as the server tells it. Spread, so that not all come back together. */
function heldBack(): RpcError {
  const message = "the server has more calls than it can serve, and was not asked";
  return resourceExhausted("OVERLOADED", message, 500 + Math.random() * 1_000);
}
