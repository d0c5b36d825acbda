import type { MessageInitShape, DescMessage, Message } from "@bufbuild/protobuf";
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext } from "./call-context.ts";
import type { ServedMethod } from "./served-method.ts";

export type UnaryHandler = (request: Message, ctx: CallContext) => Promise<MessageInitShape<DescMessage>>;

export function serveUnary(method: ServedMethod, handler: UnaryHandler): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => void answer(method, handler, call, callback);
}

// The hot path of every service: one promise here, one in the handler.
async function answer(
  method: ServedMethod,
  handler: UnaryHandler,
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
): Promise<void> {
  const ctx = method.open(call);
  try {
    const pending = method.admit(ctx);
    if (pending) await pending;
    const request = method.decode(call.request);
    const response = method.encode(await method.run(ctx, () => handler(request, ctx)));
    method.finished(ctx, Code.OK);
    callback(null, response);
  } catch (thrown) {
    const error = method.toError(thrown, ctx);
    method.finished(ctx, error.code);
    callback(toStatus(error));
  }
}
