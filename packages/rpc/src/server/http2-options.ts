import type { SecureServerOptions, ServerOptions } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** Sets options of Node's HTTP/2 that grpc-js has none for, so its own are amended. Must be called before the server is bound. */
export function setHttp2Options(server: Server, amendments: ServerOptions & SecureServerOptions): void {
  const options: unknown = Reflect.get(server, "commonServerOptions");
  if (typeof options !== "object" || options === null) {
    throw new Error("grpc-js does not keep its HTTP/2 options in commonServerOptions any more");
  }
  Object.assign(options, amendments);
}
