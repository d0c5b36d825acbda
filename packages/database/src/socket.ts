import { connect, type Socket } from "node:net";

/** The longest that a statement, or an unused connection, may be silent, in ms. */
const SILENCE_MS = 60_000;

interface SocketSpec {
  config: { host?: string; port?: number; socketPath?: string };
}

/**
 * Opens the socket of one connection. A frozen server answers nothing and closes nothing: after a minute of silence the
 * socket fails, and with it whatever waits on it.
 */
export function openSocket({ config }: SocketSpec): Socket {
  const { host = "localhost", port = 3306, socketPath } = config;
  const socket =
    socketPath === undefined ? connect({ host, port, noDelay: true, keepAlive: true }) : connect(socketPath);
  return socket.setTimeout(SILENCE_MS, () => socket.destroy(new SilentServerError()));
}

class SilentServerError extends Error {
  /** Among the codes by which a lost connection is known. */
  readonly code = "ETIMEDOUT";

  constructor() {
    super(`the database was silent for ${SILENCE_MS} ms`);
  }
}
