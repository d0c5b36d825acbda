import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext, ServerCallContext } from "./call-context.ts";
import { drained } from "../drained.ts";
import type { DuplexStream } from "./duplex-stream.ts";
import { RequestStream } from "./request-stream.ts";
import type { ServedMethod } from "./served-method.ts";

type Response = MessageInitShape<DescMessage>;

export type BidiHandler = (stream: DuplexStream<Message, Response>, ctx: CallContext) => Promise<void>;

export function serveBidi(method: ServedMethod, handler: BidiHandler): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => void answer(method, handler, call);
}

async function answer(
  method: ServedMethod,
  handler: BidiHandler,
  call: ServerDuplexStream<Buffer, Buffer>,
): Promise<void> {
  const ctx = method.open(call);
  try {
    await method.admit(ctx);
    const stream = new ServerDuplex(call, method, ctx);
    await method.run(ctx, () => handler(stream, ctx));
    method.finished(ctx, Code.OK);
    call.end();
  } catch (thrown) {
    const error = method.toError(thrown, ctx);
    method.finished(ctx, error.code);
    // What grpc-js turns into the status of the call, after the messages that are still to be written.
    call.emit("error", toStatus(error));
  }
}

class ServerDuplex implements DuplexStream<Message, Response> {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #method: ServedMethod;
  readonly #ctx: ServerCallContext;
  readonly #requests: RequestStream;
  #closed: Promise<void> | undefined;

  constructor(call: ServerDuplexStream<Buffer, Buffer>, method: ServedMethod, ctx: ServerCallContext) {
    this.#call = call;
    this.#method = method;
    this.#ctx = ctx;
    this.#requests = new RequestStream(call, method, ctx);
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, void, undefined> {
    return this.#requests[Symbol.asyncIterator]();
  }

  write(response: Response): boolean {
    return this.open && this.#call.write(this.#method.encode(response));
  }

  drained(): Promise<void> {
    return this.open ? drained(this.#call, "cancelled") : Promise.resolve();
  }

  get open(): boolean {
    return !this.#call.cancelled && !this.#ctx.answered && this.#call.writable;
  }

  get closed(): Promise<void> {
    return (this.#closed ??= this.#whenClosed());
  }

  #whenClosed(): Promise<void> {
    if (this.#call.cancelled || this.#call.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#call.once("cancelled", () => resolve()).once("close", () => resolve()));
  }
}
