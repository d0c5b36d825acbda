import type { ServerHttp2Session } from "node:http2";

/**
 * Decides which connections are read. When there is more in them than one turn of the event loop should take in, none is read for
 * the rest of it, and then those come first that were not heard in this round. Otherwise the same few would be heard in each
 * turn: the kernel names connections that have something in an order that does not change.
 */
export class ReadingRounds {
  readonly #connections = new Map<ServerHttp2Session, ReadHandle>();
  readonly #heard = new Set<ServerHttp2Session | undefined>();
  readonly #unread = new Set<ServerHttp2Session>();
  #lastHeard: ServerHttp2Session | undefined;

  add(session: ServerHttp2Session): void {
    const handle: unknown = Reflect.get(session.socket, "_handle");
    // Closed already.
    if (!handle) return;
    if (!isReadHandle(handle)) throw new Error("Node's sockets do not keep their handle in _handle any more");
    this.#connections.set(session, handle);
    session.once("close", () => {
      this.#connections.delete(session);
      this.#unread.delete(session);
      this.#heard.delete(session);
    });
  }

  /** To be told of each call. */
  heard(session: ServerHttp2Session | undefined): void {
    // Calls come in long rows from one connection: this is cheaper than asking the set each time.
    if (session === this.#lastHeard) return;
    this.#lastHeard = session;
    this.#heard.add(session);
  }

  /** Nothing more is read in this turn. What was read already still comes. */
  pause(): void {
    for (const [session, handle] of this.#connections) {
      if (this.#unread.has(session)) continue;
      handle.readStop();
      this.#unread.add(session);
    }
  }

  /** At the end of a turn. @param paused whether it was paused in this turn @returns whether the round goes on */
  nextTurn(paused: boolean): boolean {
    this.#lastHeard = undefined;
    const toRead = paused ? [...this.#unread].filter((session) => !this.#heard.has(session)) : [];
    const roundIsOver = toRead.length === 0;
    for (const session of roundIsOver ? this.#unread : toRead) {
      this.#unread.delete(session);
      this.#connections.get(session)?.readStart();
    }
    if (roundIsOver) this.#heard.clear();
    return !roundIsOver;
  }
}

/** Of Node's own; `net.Socket.pause()` does nothing to a socket that an HTTP/2 session reads. */
interface ReadHandle {
  readStop(): number;
  readStart(): number;
}

function isReadHandle(handle: object): handle is ReadHandle {
  return "readStop" in handle && "readStart" in handle;
}
