import type { Server } from "@grpc/grpc-js";

/** The HTTP/2 servers that a bound gRPC server listens with. grpc-js offers no option for what is done with them here. */
export function http2ServersOf(server: Server): Iterable<NodeJS.EventEmitter> {
  const listening: unknown = Reflect.get(server, "http2Servers");
  if (!(listening instanceof Map)) throw new Error("grpc-js does not keep its HTTP/2 servers in http2Servers any more");
  return listening.keys() as Iterable<NodeJS.EventEmitter>;
}
