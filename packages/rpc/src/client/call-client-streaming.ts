import type { ClientWritableStream } from "@grpc/grpc-js";
import { drained } from "../drained.ts";
import { fromServiceError } from "../errors/wire.ts";
import { assertWanted, type CallOptions, cancelOn, NO_OPTIONS, prepare } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import type { RemoteMethod, Request, Response } from "./remote-method.ts";

type Requests = AsyncIterable<Request> | Iterable<Request>;

/** Requests that throw end the call, and the caller gets what they threw. */
export function callClientStreaming(
  channel: Channel,
  { path, serialize, deserialize }: RemoteMethod,
): (requests: Requests, options?: CallOptions) => Promise<Response> {
  return (requests, options = NO_OPTIONS) =>
    new Promise((resolve, reject) => {
      assertWanted(channel, options);
      const { metadata, callOptions } = prepare(channel, options);
      const call = channel.grpc.makeClientStreamRequest(
        path,
        serialize,
        deserialize,
        metadata,
        callOptions,
        (error, response) => {
          release();
          if (error) reject(fromServiceError(error));
          else resolve(response as Response);
        },
      );
      const release = cancelOn(channel, options, call);
      write(call, requests).catch((error: unknown) => {
        reject(error);
        call.cancel();
      });
    });
}

/** No faster than the server reads; stops when the call is over, since a server may answer before it has read everything. */
async function write(call: ClientWritableStream<Request>, requests: Requests): Promise<void> {
  let over = false;
  const source = Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : undefined;
  const stop = (): void => {
    over = true;
    // Ends a queue's pending read at once; a generator ends at its next yield. Nobody waits for it.
    Promise.try(() => source?.return?.()).catch(() => {});
  };
  call.once("status", stop);
  try {
    for await (const request of source ? { [Symbol.asyncIterator]: () => source } : requests) {
      if (over) return;
      if (!call.write(request)) await drained(call, "status");
    }
  } finally {
    call.off("status", stop);
  }
  call.end();
}
