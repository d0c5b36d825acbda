import type { DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { CallOptions } from "./call-options.ts";

/** How a method is called. Everything that fails, fails with an RpcError. */
export type ClientMethod<M extends DescMethod> = M extends { methodKind: "unary" }
  ? (request: Request<M>, options?: CallOptions) => Promise<Response<M>>
  : M extends { methodKind: "server_streaming" }
    ? /** Leaving the loop cancels the call. */ (
        request: Request<M>,
        options?: CallOptions,
      ) => AsyncIterable<Response<M>>
    : M extends { methodKind: "client_streaming" }
      ? (requests: AsyncIterable<Request<M>> | Iterable<Request<M>>, options?: CallOptions) => Promise<Response<M>>
      : (options?: CallOptions) => ClientDuplex<Request<M>, Response<M>>;

/** The client's end of a bidirectional stream: write and read independently. */
export interface ClientDuplex<Req, Res> extends AsyncIterable<Res> {
  /** Sends. False: the buffer is above its mark, wait for {@link drained} before more; or the call is over. */
  write(request: Req): boolean;
  /** Resolves when the buffer has room again, and also when the call is over. */
  drained(): Promise<void>;
  /** No more requests; responses may still come. */
  end(): void;
  /** Gives the call up. */
  cancel(): void;
  /** Resolves when the call is over, however it ended. Never rejects: the reading side throws. */
  readonly closed: Promise<void>;
}

type Request<M extends DescMethod> = MessageInitShape<M["input"]>;
type Response<M extends DescMethod> = MessageShape<M["output"]>;
