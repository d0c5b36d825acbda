import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { RelayedConnection } from "./relayed-connection.ts";
import { Valve, type Wait } from "./valve.ts";

/**
 * Stands between clients and a server on loopback, and breaks what is between them on request. It listens for as long as it
 * lives, so that nobody else is ever given its port; a connection that it cannot make, or must not, it resets.
 */
export class TcpProxy implements AsyncDisposable {
  readonly requests: Valve;
  readonly answers: Valve;
  readonly #server: Server;
  readonly #target: () => number | undefined;
  readonly #connections = new Set<RelayedConnection>();
  #refusing = false;

  /**
   * @param target the server's port as it is when a client comes; undefined: it is down
   * @param wait how a delay passes; as time does unless given
   */
  static async listen(target: () => number | undefined, wait?: Wait): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, target, wait);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  private constructor(server: Server, target: () => number | undefined, wait?: Wait) {
    this.requests = new Valve(wait);
    this.answers = new Valve(wait);
    this.#server = server.on("connection", (client) => this.#relay(client));
    this.#target = target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** "127.0.0.1:port" */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Resets every connection. */
  cut(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Resets every new connection until `accept`. */
  refuse(): void {
    this.#refusing = true;
  }

  accept(): void {
    this.#refusing = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    this.cut();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #relay(client: Socket): void {
    const port = this.#target();
    if (this.#refusing || port === undefined) {
      client.on("error", () => undefined).resetAndDestroy();
      return;
    }
    const connection = new RelayedConnection(client, port, this);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }
}
