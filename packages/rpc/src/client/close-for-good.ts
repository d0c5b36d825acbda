import type { Client } from "@grpc/grpc-js";

/**
 * Closes a client, and with it every attempt to connect. grpc-js lets an address to which connecting has failed be tried once
 * more after the client is closed, and keeps the connection that comes of it until the server ends it. It offers no way to stop
 * that, so it is done on what it keeps for each address.
 *
 * @param client one that shares its subchannels with no other: theirs would be stopped, too
 */
export function closeForGood(client: Client): void {
  const subchannels = subchannelsOf(client);
  client.close();
  // Whatever it decides in the rest of this turn.
  for (const subchannel of subchannels) {
    Object.defineProperty(subchannel, "continueConnecting", {
      configurable: true,
      get: () => false,
      set() {},
    });
  }
}

function subchannelsOf(client: Client): object[] {
  const pool: unknown = ["internalChannel", "subchannelPool", "pool"].reduce<unknown>(
    (owner, name) => (isObject(owner) ? Reflect.get(owner, name) : undefined),
    client.getChannel(),
  );
  if (!isObject(pool))
    throw new Error("grpc-js does not keep its subchannels in internalChannel.subchannelPool.pool any more");
  const entries: unknown[] = Object.values(pool).flat();
  return entries.flatMap((entry) => {
    const subchannel: unknown = isObject(entry) ? Reflect.get(entry, "subchannel") : undefined;
    return isObject(subchannel) ? [subchannel] : [];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
