import type { ServerHttp2Session } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { http2ServersOf } from "./http2-servers.ts";
import { StreamRing } from "./stream-ring.ts";

/**
 * Lets calls that are over be collected while they are young, as they would be if nothing pointed at them.
 *
 * Node keeps a session's streams in a Map and those that are being opened in a Set. When a table of such a collection is full of
 * what was deleted, V8 copies what is left to a new table and links the old one to it. Once a table has got old (in a quiet
 * minute, or by any full collection), it is not looked at by young collections, so what it points at lives: the next table, with
 * all streams that were open then, and from there the next one, for as long as there are calls. On Node 26.10 two fifths of all
 * that calls allocate outlived them so; young collections took ten times as long, and the calls grew by what they took.
 * See ADR 0022.
 *
 * Must be called after the server is bound. Neither grpc-js nor Node offers an option for it. Where Node keeps streams otherwise,
 * nothing is done: it is a matter of speed only.
 */
export function letCallsDie(server: Server): void {
  for (const http2Server of http2ServersOf(server)) {
    http2Server.on("session", (session: ServerHttp2Session) => {
      const state = stateOf(session);
      if (!state) return;
      state.streams = new StreamRing();
      state.pendingStreams = new FewStreams();
    });
  }
}

/** Of Node's own. */
interface SessionState {
  streams: unknown;
  pendingStreams: unknown;
}

function stateOf(session: ServerHttp2Session): SessionState | undefined {
  const key = Object.getOwnPropertySymbols(session).find(({ description }) => description === "state");
  const state: unknown = key && Reflect.get(session, key);
  return isSessionState(state) && isEmpty(state.streams) && isEmpty(state.pendingStreams) ? state : undefined;
}

function isSessionState(state: unknown): state is SessionState {
  return typeof state === "object" && state !== null && "streams" in state && "pendingStreams" in state;
}

function isEmpty(collection: unknown): boolean {
  return typeof collection === "object" && collection !== null && Reflect.get(collection, "size") === 0;
}

/** What Node needs of a Set of streams that are being opened: mostly one, for a moment. */
class FewStreams {
  readonly #streams: unknown[] = [];

  get size(): number {
    return this.#streams.length;
  }

  add(stream: unknown): this {
    this.#streams.push(stream);
    return this;
  }

  delete(stream: unknown): boolean {
    const at = this.#streams.lastIndexOf(stream);
    if (at === -1) return false;
    this.#streams.splice(at, 1);
    return true;
  }

  forEach(visit: (stream: unknown) => void): void {
    for (const stream of this.#streams.slice()) visit(stream);
  }
}
