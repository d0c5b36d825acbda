import type { ClientDuplexStream } from "@grpc/grpc-js";
import { drained } from "../drained.ts";
import { fromServiceError } from "../errors/wire.ts";
import { ObjectReader } from "../object-reader.ts";
import { assertWanted, type CallOptions, cancelOn, NO_OPTIONS, prepare } from "./call-options.ts";
import type { Channel } from "./channel.ts";
import type { ClientDuplex } from "./client-method.ts";
import type { RemoteMethod, Request, Response } from "./remote-method.ts";

export function callBidi(
  channel: Channel,
  { path, serialize, deserialize }: RemoteMethod,
): (options?: CallOptions) => ClientDuplex<Request, Response> {
  return (options = NO_OPTIONS) => {
    assertWanted(channel, options);
    const { metadata, callOptions } = prepare(channel, options);
    const call = channel.grpc.makeBidiStreamRequest(path, serialize, deserialize, metadata, callOptions);
    const release = cancelOn(channel, options, call);
    call.once("status", release);
    return new ClientDuplexCall(call);
  };
}

class ClientDuplexCall implements ClientDuplex<Request, Response> {
  readonly #call: ClientDuplexStream<Request, Response>;
  readonly #responses: ObjectReader<Response>;
  readonly closed: Promise<void>;
  #open = true;

  constructor(call: ClientDuplexStream<Request, Response>) {
    this.#call = call;
    this.#responses = new ObjectReader(call);
    call.on("error", (error) =>
      this.#responses.fail(fromServiceError(error as Parameters<typeof fromServiceError>[0])),
    );
    this.closed = new Promise((resolve) => {
      call.once("status", () => {
        this.#open = false;
        resolve();
      });
    });
  }

  /** In parts, if need be: leaving a loop early and starting another goes on where the first stopped. */
  [Symbol.asyncIterator](): AsyncIterator<Response, void, undefined> {
    return this.#responses[Symbol.asyncIterator]();
  }

  write(request: Request): boolean {
    return this.#open && this.#call.writable && this.#call.write(request);
  }

  drained(): Promise<void> {
    return this.#open ? drained(this.#call, "status") : Promise.resolve();
  }

  end(): void {
    if (this.#open) this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }
}
