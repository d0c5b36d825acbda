import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const ATTEMPTS = 200;

/**
 * A loopback port nobody listens on, below the range that systems hand out to outgoing connections (32768 and up on Linux). A
 * server that is killed and started again needs its port back: in that range a client that keeps reconnecting could be given the
 * very port it calls, and would then talk to itself.
 *
 * @throws when no free port is found.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(15_000, 32_000);
    if (await isPortFree(port)) {
      return port;
    }
  }
  throw new Error("no free port between 15000 and 32000 on 127.0.0.1");
}

/** Whether nobody listens on a loopback port. */
export function isPortFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return promise;
}
