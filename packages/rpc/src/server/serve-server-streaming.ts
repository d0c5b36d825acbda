import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext, ServerCallContext } from "./call-context.ts";
import { drained } from "../drained.ts";
import type { ServedMethod } from "./served-method.ts";

export type ServerStreamingHandler = (
  request: Message,
  ctx: CallContext,
) => AsyncIterable<MessageInitShape<DescMessage>>;

export function serveServerStreaming(
  method: ServedMethod,
  handler: ServerStreamingHandler,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => void answer(method, handler, call);
}

async function answer(
  method: ServedMethod,
  handler: ServerStreamingHandler,
  call: ServerWritableStream<Buffer, Buffer>,
): Promise<void> {
  const ctx = method.open(call);
  try {
    await method.admit(ctx);
    const request = method.decode(call.request);
    await method.run(ctx, () => send(handler(request, ctx), method, call, ctx));
    method.finished(ctx, Code.OK);
    call.end();
  } catch (thrown) {
    const error = method.toError(thrown, ctx);
    method.finished(ctx, error.code);
    // What grpc-js turns into the status of the call, after the messages that are still to be written.
    call.emit("error", toStatus(error));
  }
}

/** No faster than the peer reads, and no longer than it listens. */
async function send(
  responses: AsyncIterable<MessageInitShape<DescMessage>>,
  method: ServedMethod,
  call: ServerWritableStream<Buffer, Buffer>,
  ctx: ServerCallContext,
): Promise<void> {
  const iterator = responses[Symbol.asyncIterator]();
  // Ends a queue's pending read at once; a generator ends at its next yield.
  ctx.onGone(() => void iterator.return?.()?.catch(() => {}));
  for await (const response of { [Symbol.asyncIterator]: () => iterator }) {
    if (ctx.gone) return;
    if (!call.write(method.encode(response))) await drained(call, "cancelled");
  }
}
