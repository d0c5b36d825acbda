import { Cluster, Redis } from "ioredis";
import type { RedisOptions } from "ioredis";

/** One Redis server, or a Redis Cluster. Every command of this package names keys of one slot only, so both will do. */
export type RedisClient = Redis | Cluster;

export interface ConnectOptions {
  /**
   * `redis://host:port/db`, `rediss://…` with TLS, or `redis+cluster://host:port,host:port` (`rediss+cluster://…`) with
   * some nodes of a cluster. User and password as in any URL.
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
 * whose answer was lost is not sent again behind the caller's back. It keeps reconnecting for as long as it lives.
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
  // A blocking read brings its own limit; the grace is for an answer that is late. It may wait for a lost connection to
  // come back, since nobody's answer depends on it.
  const blocking = {
    commandTimeout: undefined,
    blockingTimeout: 10_000,
    blockingTimeoutGrace: 2_000,
    socketTimeout: 30_000,
    enableOfflineQueue: true,
    maxRetriesPerRequest: 1,
  } satisfies RedisOptions;
  let copy: RedisClient;
  if (client instanceof Cluster) {
    // How replies are mapped is settled when a client is made, and is not taken from another.
    const { replyMapping, ...redisOptions } = client.options.redisOptions ?? {};
    copy = client.duplicate([], {
      redisOptions: { ...redisOptions, ...blocking },
      enableOfflineQueue: true,
      lazyConnect: true,
    });
  } else {
    copy = client.duplicate({ ...blocking, lazyConnect: true });
  }
  copy.on("error", () => undefined);
  return copy;
}

const DEFAULT_TIMEOUT_MS = 2_000;

function createClient(options: ConnectOptions): RedisClient {
  const { url, name, commandTimeoutMs = DEFAULT_TIMEOUT_MS, connectTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
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
  } satisfies RedisOptions;

  const [scheme, tls] = schemeOf(url);
  if (scheme === "single") return new Redis(url, common);

  const parsed = new URL(url.replace(/^rediss?\+cluster/, "redis").replace(/,[^/]*/, ""));
  const nodes = url.replace(/^[^/]*\/\/([^@/]*@)?/, "").split("/")[0] as string;
  return new Cluster(
    nodes.split(",").map((node) => {
      const [host, port] = node.split(":");
      return { host: host as string, port: Number(port ?? 6379) };
    }),
    {
      enableOfflineQueue: false,
      clusterRetryStrategy: reconnectDelayMs,
      // A moved slot or a failover is followed a few times; after that the caller is told.
      maxRedirections: 8,
      slotsRefreshTimeout: connectTimeoutMs,
      redisOptions: {
        ...common,
        ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
        ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
        ...(tls ? { tls: {} } : {}),
      },
    },
  );
}

function schemeOf(url: string): ["single" | "cluster", boolean] {
  const scheme = url.slice(0, url.indexOf("://"));
  switch (scheme) {
    case "redis":
    case "rediss":
      return ["single", scheme === "rediss"];
    case "redis+cluster":
    case "rediss+cluster":
      return ["cluster", scheme === "rediss+cluster"];
    default:
      throw new TypeError(
        `a Redis URL starts with redis://, rediss://, redis+cluster:// or rediss+cluster://, not ${scheme}://`,
      );
  }
}

/** Full jitter, so that a hundred clients do not come back in the same millisecond. */
function reconnectDelayMs(attempt: number): number {
  return Math.round(Math.random() * Math.min(50 * 2 ** Math.min(attempt, 6), 1_000)) + 10;
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
