import type { Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";
import type { Counter } from "@firstcome/runtime";

export interface PeerLimit {
  /** Connections at once from one address; 0: as many as it likes. */
  maxConnectionsPerPeer: number;
  /** Counts those that were refused. */
  refused?: Counter | undefined;
}

/**
 * Closes connections that one address has too many of, before a byte of them is read. Must be called after the server is
 * bound. grpc-js offers no option for it, so it is done on the HTTP/2 servers that it listens with.
 */
export function limitConnectionsPerPeer(server: Server, { maxConnectionsPerPeer, refused }: PeerLimit): void {
  if (maxConnectionsPerPeer === 0) return;
  const listening: unknown = Reflect.get(server, "http2Servers");
  if (!(listening instanceof Map)) throw new Error("grpc-js does not keep its HTTP/2 servers in http2Servers any more");
  const open = new Map<string, number>();
  const onConnection = (socket: Socket): void => {
    const { remoteAddress: peer } = socket;
    // Gone already.
    if (peer === undefined) return;
    const before = open.get(peer) ?? 0;
    if (before >= maxConnectionsPerPeer) {
      refused?.inc();
      socket.destroy();
      return;
    }
    open.set(peer, before + 1);
    socket.once("close", () => {
      const left = (open.get(peer) ?? 1) - 1;
      if (left > 0) open.set(peer, left);
      else open.delete(peer);
    });
  };
  for (const http2Server of listening.keys() as Iterable<NodeJS.EventEmitter>)
    http2Server.on("connection", onConnection);
}
