import type { MessageInitShape, DescMessage, Message } from "@bufbuild/protobuf";
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext } from "./call-context.ts";
import type { ServedMethod } from "./served-method.ts";

type Response = MessageInitShape<DescMessage>;

export type UnaryHandler = (request: Message, ctx: CallContext) => Response | Promise<Response>;

export function serveUnary(method: ServedMethod, handler: UnaryHandler): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => void answer(method, handler, call, callback);
}

// The hot path of every service: one promise here, and the handler's, if it makes one.
async function answer(
  method: ServedMethod,
  handler: UnaryHandler,
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
): Promise<void> {
  const ctx = method.open(call);
  let response: Buffer;
  try {
    const pending = method.admit(ctx);
    if (pending) await pending;
    const request = method.decode(call.request);
    const answered = method.run(ctx, () => handler(request, ctx));
    response = method.encode(answered instanceof Promise ? await answered : answered);
  } catch (thrown) {
    const error = method.toError(thrown, ctx);
    method.finished(ctx, error.code);
    callback(toStatus(error));
    return;
  }
  method.finished(ctx, Code.OK);
  callback(null, response);
}
