import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Valve } from "./valve.ts";

export interface Valves {
  /** From the client to the server. */
  readonly requests: Valve;
  /** From the server to the client. */
  readonly answers: Valve;
}

/**
 * One client's connection and the one that stands for it at the server. What either end does, its orderly end or a reset,
 * the other sees, once the valves let it through.
 */
export class RelayedConnection {
  /** Resolves when both ends are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;

  /** @param client with `allowHalfOpen`: one direction may end before the other */
  constructor(client: Socket, port: number, valves: Valves) {
    this.#client = client.setNoDelay();
    this.#server = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const ends = [this.#client, this.#server].map((socket) => {
      // Nothing is done about an error but what is done about every end: the other side is told.
      socket.on("error", () => this.reset());
      return new Promise<void>((resolve) => void socket.once("close", () => resolve()));
    });
    this.closed = Promise.all(ends).then(() => undefined);
    void this.#pass(this.#client, this.#server, valves.requests);
    void this.#pass(this.#server, this.#client, valves.answers);
  }

  /** Ends both sides at once, as a cable that is pulled and a router that says so. */
  reset(): void {
    for (const socket of [this.#client, this.#server]) {
      // A reset while the socket says that it has ended is refused (EINVAL), and leaves it open for ever.
      if (socket.writableEnded && !socket.writableFinished) socket.destroy();
      else if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  // One read at a time: what waits is bounded by the sockets' buffers, and behind them by the sender's.
  async #pass(from: Socket, to: Socket, valve: Valve): Promise<void> {
    try {
      // A stream that is read to its end is destroyed otherwise, with what is still to be written into it.
      const reads: AsyncIterable<Buffer> = from.iterator({ destroyOnReturn: false });
      for await (const chunk of reads) {
        await valve.passage(this.closed);
        if (to.destroyed) return;
        if (!to.write(chunk)) await Promise.race([once(to, "drain"), this.closed]);
      }
      await valve.passage(this.closed);
      to.end();
    } catch {
      this.reset();
    }
  }
}
