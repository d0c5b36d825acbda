import { Cluster, Redis } from "ioredis";
import type { ClusterOptions, RedisOptions } from "ioredis";
import { parseRedisUrl } from "./redis-url.ts";
import { stayConnected } from "./stay-connected.ts";

/**
 * One Redis server, which may be whatever sentinels say is the primary, or a Redis Cluster. Every command of this package
 * names keys of one slot only, so both will do.
 */
export type RedisClient = Redis | Cluster;

/** How long a command may take, and a connection attempt, unless told otherwise. */
export const DEFAULT_TIMEOUT_MS = 2_000;

export interface ConnectOptions {
  /**
   * `redis://host:port/db`; `redis+sentinel://host:port,host:port/name` with some sentinels and what they call the primary;
   * or `redis+cluster://host:port,host:port` with some nodes of a cluster. `rediss…` for TLS. User and password, before the
   * first host, are those of the Redis servers.
   */
  readonly url: string;
  /** Shown in `CLIENT LIST`. */
  readonly name: string;
  /** How long a command may take before it fails, in ms. 2 000 unless set. */
  readonly commandTimeoutMs?: number;
  /** How long a connection attempt may take, in ms. 2 000 unless set. */
  readonly connectTimeoutMs?: number;
  /** Told of connection errors; ioredis goes on reconnecting by itself. */
  readonly onError?: (error: Error) => void;
}

/**
 * Connects, and resolves when Redis answers commands.
 *
 * The client fails fast: with the connection lost, commands fail at once instead of waiting for its return, and a command
 * whose answer was lost is not sent again behind the caller's back, except on a cluster, where it follows its slot for up to
 * a second: every command of this package may be repeated. It keeps reconnecting for as long as it lives.
 *
 * @throws when the first connection does not come about within `connectTimeoutMs`
 */
export async function connectRedis(options: ConnectOptions): Promise<RedisClient> {
  const client = createClient(options);
  client.on("error", options.onError ?? (() => undefined));
  try {
    await ready(client, options.connectTimeoutMs ?? DEFAULT_TIMEOUT_MS);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  return client;
}

/** A connection of its own to the same place, for commands that block. It connects when first used. */
export function duplicateForBlocking(client: RedisClient): RedisClient {
  const graceMs = commandTimeoutOf(client);
  // A blocking read brings its own limit; the grace is for an answer that is late. It may wait for a lost connection to
  // come back, since nobody's answer depends on it.
  const blocking = {
    commandTimeout: undefined,
    blockingTimeout: 10_000,
    blockingTimeoutGrace: graceMs,
    socketTimeout: 30_000 + graceMs,
    enableOfflineQueue: true,
    maxRetriesPerRequest: 1,
  } satisfies RedisOptions;
  return duplicate(client, blocking, { enableOfflineQueue: true });
}

/** A connection of its own to the same place, for `WAIT`, which takes up to `waitMs`. It connects when told to. */
export function duplicateForWaiting(client: RedisClient, waitMs: number): RedisClient {
  const timeoutMs = waitMs + commandTimeoutOf(client);
  const waiting = {
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    // A primary that is replaced ends its connections or answers READONLY: many more sentinels need not be listened to.
    failoverDetector: false,
  } satisfies RedisOptions;
  return duplicate(client, waiting, {});
}

function commandTimeoutOf(client: RedisClient): number {
  const options = client instanceof Cluster ? client.options.redisOptions : client.options;
  return options?.commandTimeout ?? DEFAULT_TIMEOUT_MS;
}

function duplicate(
  client: RedisClient,
  options: Omit<RedisOptions, "replyMapping">,
  ofCluster: ClusterOptions,
): RedisClient {
  let copy: RedisClient;
  if (client instanceof Cluster) {
    // How replies are mapped is settled when a client is made, and is not taken from another.
    const { replyMapping, ...redisOptions } = client.options.redisOptions ?? {};
    copy = client.duplicate([], { ...ofCluster, redisOptions: { ...redisOptions, ...options }, lazyConnect: true });
  } else {
    copy = client.duplicate({ ...options, lazyConnect: true });
    if (client.options.sentinels) stayConnected(copy, sentinelDelayMs);
  }
  copy.on("error", () => undefined);
  return copy;
}

function createClient(options: ConnectOptions): RedisClient {
  const { url, name, commandTimeoutMs = DEFAULT_TIMEOUT_MS, connectTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const place = parseRedisUrl(url);
  const common = {
    connectionName: name,
    protocol: 2,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    // No answer to anything for so long: the connection is dead, whatever TCP believes.
    socketTimeout: 2 * commandTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: reconnectDelayMs,
    // A primary that has become a replica: who connects anew is led to the one in its place.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  } satisfies RedisOptions;
  if (place.kind === "single") return new Redis(place.url, common);

  const login = {
    ...(place.username !== undefined && { username: place.username }),
    ...(place.password !== undefined && { password: place.password }),
    ...(place.tls && { tls: {} }),
  };
  if (place.kind === "sentinel") {
    const client = new Redis({
      ...common,
      ...login,
      sentinels: [...place.nodes],
      name: place.group,
      ...(place.tls && { sentinelTLS: {}, enableTLSForSentinelMode: true }),
      sentinelRetryStrategy: reconnectDelayMs,
      sentinelCommandTimeout: connectTimeoutMs,
      // Sentinels tell of a new primary; without that a frozen one is given up only when its socket times out.
      failoverDetector: true,
    });
    stayConnected(client, sentinelDelayMs);
    return client;
  }
  return new Cluster([...place.nodes], {
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    // A moved slot or a failover is followed a few times; after that the caller is told.
    maxRedirections: 8,
    slotsRefreshTimeout: connectTimeoutMs,
    redisOptions: { ...common, ...login },
  });
}

/** Full jitter, so that a hundred clients do not come back in the same millisecond. */
function reconnectDelayMs(attempt: number): number {
  return Math.round(Math.random() * Math.min(50 * 2 ** Math.min(attempt, 6), 1_000)) + 10;
}

function sentinelDelayMs(): number {
  return reconnectDelayMs(2);
}

async function ready(client: RedisClient, timeoutMs: number): Promise<void> {
  if (client.status === "ready") return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let lastError: Error | undefined;
  const onError = (error: Error): void => void (lastError = error);
  const timer = setTimeout(
    () => reject(new Error(`Redis does not answer within ${timeoutMs} ms`, { cause: lastError })),
    timeoutMs,
  );
  client.once("ready", resolve);
  client.on("error", onError);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    client.off("ready", resolve);
    client.off("error", onError);
  }
}
