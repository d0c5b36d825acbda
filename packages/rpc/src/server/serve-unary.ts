import type { MessageInitShape, DescMessage, Message } from "@bufbuild/protobuf";
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { toStatus } from "../errors/wire.ts";
import type { CallContext } from "./call-context.ts";
import type { ServedMethod } from "./served-method.ts";

type Response = MessageInitShape<DescMessage>;

export type UnaryHandler = (request: Message, ctx: CallContext) => Response | Promise<Response>;

export function serveUnary(method: ServedMethod, handler: UnaryHandler): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => answer(method, handler, call, callback);
}

// The hot path of every service: no promise but the handler's, if it makes one.
function answer(
  method: ServedMethod,
  handler: UnaryHandler,
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
): void {
  const ctx = method.open(call);
  const refuse = (thrown: unknown): void => {
    const error = method.toError(thrown, ctx);
    method.finished(ctx, error.code);
    callback(toStatus(error));
  };
  const tell = (response: Response): void => {
    let bytes: Buffer;
    try {
      bytes = method.encode(response);
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    method.finished(ctx, Code.OK);
    callback(null, bytes);
  };
  const handle = (): Response | Promise<Response> => {
    const request = method.decode(call.request);
    return method.run(ctx, () => handler(request, ctx));
  };
  let answered: Response | Promise<Response>;
  try {
    const pending = method.admit(ctx);
    answered = pending ? pending.then(handle) : handle();
  } catch (thrown) {
    refuse(thrown);
    return;
  }
  if (answered instanceof Promise) void answered.then(tell, refuse);
  else tell(answered);
}
