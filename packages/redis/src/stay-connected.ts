import type { Redis } from "ioredis";

/**
 * Keeps a client alive that asks sentinels where its primary is. ioredis ends one for good when sentinels announce a new
 * primary just while the client, whose old primary is gone, asks one of them for the place: what hears the announcement closes
 * the connection that there is, and there is none but the question. Ends it only when `disconnect` is called for good.
 *
 * @param delayMs how long to wait before the next try
 */
export function stayConnected(client: Redis, delayMs: () => number): void {
  const disconnect = client.disconnect.bind(client);
  let waiting: NodeJS.Timeout | undefined;
  let over = false;
  client.disconnect = (reconnect = false) => {
    if (!reconnect) {
      over = true;
      clearTimeout(waiting);
    }
    disconnect(reconnect);
  };
  client.on("end", () => {
    // What fails here ends the client again, and is heard of here again.
    if (!over) waiting = setTimeout(() => void client.connect().catch(() => undefined), delayMs());
  });
}
