import type { Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";
import type { Counter, Gauge } from "@firstcome/runtime";
import { http2ServersOf } from "./http2-servers.ts";

export interface PeerLimit {
  /** Connections at once from one address; 0: as many as it likes. */
  maxConnectionsPerPeer: number;
  /** Counts those that are open. */
  open?: Gauge | undefined;
  /** Counts those that were refused. */
  refused?: Counter | undefined;
}

/**
 * Counts connections, and closes those that one address has too many of, before a byte of them is read. Must be called after
 * the server is bound. grpc-js offers no option for it, so it is done on the HTTP/2 servers that it listens with.
 */
export function limitConnectionsPerPeer(server: Server, limit: PeerLimit): void {
  const { maxConnectionsPerPeer, refused } = limit;
  const most = maxConnectionsPerPeer === 0 ? Number.POSITIVE_INFINITY : maxConnectionsPerPeer;
  const ofPeer = new Map<string, number>();
  const onConnection = (socket: Socket): void => {
    const { remoteAddress: peer } = socket;
    // Gone already.
    if (peer === undefined) return;
    const before = ofPeer.get(peer) ?? 0;
    if (before >= most) {
      refused?.inc();
      socket.destroy();
      return;
    }
    ofPeer.set(peer, before + 1);
    limit.open?.inc();
    socket.once("close", () => {
      const left = (ofPeer.get(peer) ?? 1) - 1;
      if (left > 0) ofPeer.set(peer, left);
      else ofPeer.delete(peer);
      limit.open?.dec();
    });
  };
  for (const http2Server of http2ServersOf(server)) http2Server.on("connection", onConnection);
}
