import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { CallContext } from "./call-context.ts";
import type { DuplexStream } from "./duplex-stream.ts";

/** One handler for every method of a service; leaving one out is a type error. */
export type ServiceHandlers<S extends DescService> = {
  readonly [K in keyof S["method"]]: MethodHandler<S["method"][K]>;
};

/** The handler of one method: `Handler<typeof CouponService, "issueCoupon">`. */
export type Handler<S extends DescService, K extends keyof S["method"]> = MethodHandler<S["method"][K]>;

/**
 * Requests arrive valid by the rules in the proto. Answers are messages or the plain objects that init one. Who has the answer at
 * once may give it at once: a promise takes longer than many an answer from memory.
 */
export type MethodHandler<M extends DescMethod> = M extends { methodKind: "unary" }
  ? (request: Request<M>, ctx: CallContext) => Response<M> | Promise<Response<M>>
  : M extends { methodKind: "server_streaming" }
    ? (request: Request<M>, ctx: CallContext) => AsyncIterable<Response<M>>
    : M extends { methodKind: "client_streaming" }
      ? (requests: AsyncIterable<Request<M>>, ctx: CallContext) => Promise<Response<M>>
      : (stream: DuplexStream<Request<M>, Response<M>>, ctx: CallContext) => Promise<void>;

type Request<M extends DescMethod> = MessageShape<M["input"]>;
type Response<M extends DescMethod> = MessageInitShape<M["output"]>;
