import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { handleClientStreamingCall, sendUnaryData, ServerReadableStream } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext } from "./call-context.ts";
import { RequestStream } from "./request-stream.ts";
import type { ServedMethod } from "./served-method.ts";

export type ClientStreamingHandler = (
  requests: AsyncIterable<Message>,
  ctx: CallContext,
) => Promise<MessageInitShape<DescMessage>>;

export function serveClientStreaming(
  method: ServedMethod,
  handler: ClientStreamingHandler,
): handleClientStreamingCall<Buffer, Buffer> {
  return (call, callback) => void answer(method, handler, call, callback);
}

async function answer(
  method: ServedMethod,
  handler: ClientStreamingHandler,
  call: ServerReadableStream<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
): Promise<void> {
  const ctx = method.open(call);
  try {
    await method.admit(ctx);
    const requests = new RequestStream(call, method, ctx);
    const response = method.encode(await method.run(ctx, () => handler(requests, ctx)));
    method.finished(ctx, Code.OK);
    callback(null, response);
  } catch (thrown) {
    const error = method.toError(thrown, ctx);
    method.finished(ctx, error.code);
    callback(toStatus(error));
  }
}
