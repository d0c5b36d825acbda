import type { MessageInitShape, DescMessage, Message } from "@bufbuild/protobuf";
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext, ServerCallContext } from "./call-context.ts";
import { NO_TRAILERS } from "./lean-headers.ts";
import type { ServedMethod } from "./served-method.ts";

type Response = MessageInitShape<DescMessage>;

export type UnaryHandler = (request: Message, ctx: CallContext) => Response | Promise<Response>;

export function serveUnary(method: ServedMethod, handler: UnaryHandler): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => new UnaryCall(method, method.open(call), callback).answer(handler, call);
}

// The hot path of every service: no promise but the handler's, if it makes one, and no closures but for that one.
class UnaryCall {
  readonly #method: ServedMethod;
  readonly #ctx: ServerCallContext;
  readonly #callback: sendUnaryData<Buffer>;

  constructor(method: ServedMethod, ctx: ServerCallContext, callback: sendUnaryData<Buffer>) {
    this.#method = method;
    this.#ctx = ctx;
    this.#callback = callback;
  }

  answer(handler: UnaryHandler, call: ServerUnaryCall<Buffer, Buffer>): void {
    let answered: Response | Promise<Response>;
    try {
      const pending = this.#method.admit(this.#ctx);
      answered = pending ? this.#handleLater(pending, handler, call) : this.#handle(handler, call);
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    if (answered instanceof Promise) this.#tellLater(answered);
    else this.#tell(answered);
  }

  #handle(handler: UnaryHandler, call: ServerUnaryCall<Buffer, Buffer>): Response | Promise<Response> {
    const request = this.#method.decode(call.request);
    return this.#method.run(this.#ctx, () => handler(request, this.#ctx));
  }

  #handleLater(
    pending: Promise<void>,
    handler: UnaryHandler,
    call: ServerUnaryCall<Buffer, Buffer>,
  ): Promise<Response> {
    return pending.then(() => this.#handle(handler, call));
  }

  #tellLater(answered: Promise<Response>): void {
    void answered.then(
      (response) => this.#tell(response),
      (thrown: unknown) => this.#refuse(thrown),
    );
  }

  #tell(response: Response): void {
    let bytes: Buffer;
    try {
      bytes = this.#method.encode(response);
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    this.#method.finished(this.#ctx, Code.OK);
    this.#callback(null, bytes, NO_TRAILERS);
  }

  #refuse(thrown: unknown): void {
    const error = this.#method.toError(thrown, this.#ctx);
    this.#method.finished(this.#ctx, error.code);
    this.#callback(toStatus(error));
  }
}
