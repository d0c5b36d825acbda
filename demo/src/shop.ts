import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createFirstcomeClient } from "@firstcome/client";
import type { FirstcomeClient } from "@firstcome/client";
import { localDirectory, startServers, startService } from "@firstcome/stack";
import type { ServiceName, ServiceProcess } from "@firstcome/stack";
import { openKeyPrefix } from "./key-prefix.ts";
import { choosePorts } from "./ports.ts";

/** Everything that runs: servers, services, and a client of them. */
export interface Shop extends AsyncDisposable {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  /** Of every key in Redis. */
  readonly keyPrefix: string;
  /** Each process by a name for people. */
  readonly services: ReadonlyMap<string, ServiceProcess>;
  readonly couponAddress: string;
  readonly dispatcherAddress: string;
  readonly orderAddress: string;
  readonly rankingAddress: string;
  readonly client: FirstcomeClient;
  /** Whose days count. */
  readonly timeZone: string;
  /** Where the services' logs are. */
  readonly logDirectory: string;
}

const ISSUERS = ["issuer-1", "issuer-2"] as const;
/** Senders before receivers: each may still hand on what it has begun. */
const STOP_ORDER = ["order", "coupon", "dispatcher", ...ISSUERS, "ranking"];

/**
 * Brings everything up. Disposing brings it down again.
 *
 * @param stop gives up, once the servers that are being started or installed are there
 * @throws when it was stopped, after what is up was brought down
 */
export async function startShop(say: (line: string) => void, stop: AbortSignal): Promise<Shop> {
  await using starting = new AsyncDisposableStack();
  const servers = starting.use(await startServers({ log: say }));
  stop.throwIfAborted();
  const { redisUrl, mysqlUrl } = servers;
  const { prefix: keyPrefix } = starting.use(openKeyPrefix(servers));
  const logDirectory = join(localDirectory, "logs");
  mkdirSync(logDirectory, { recursive: true });
  const timeZone = process.env["BUSINESS_TIME_ZONE"] || "Asia/Seoul";
  const ports = await choosePorts();
  const addressOf = (service: keyof typeof ports): string => `127.0.0.1:${ports[service]}`;

  const services = new Map<string, ServiceProcess>();
  starting.defer(async () => {
    for (const title of STOP_ORDER) await services.get(title)?.stop();
  });
  const start = async (title: string, name: ServiceName, env: Record<string, string>): Promise<void> => {
    const logFile = createWriteStream(join(logDirectory, `${title}.log`));
    const log = (line: string): void => void logFile.write(`${line}\n`);
    const stores = { REDIS_URL: redisUrl, REDIS_KEY_PREFIX: keyPrefix, MYSQL_URL: mysqlUrl };
    const common = { ...stores, METRICS_PORT: "0", BUSINESS_TIME_ZONE: timeZone };
    services.set(title, await startService({ name, env: { ...common, ...env }, log, signal: stop }));
  };
  // All at once, in whatever order they come up: each waits for what it needs. When one fails, the others are awaited, so
  // that they are known and stopped.
  const started = await Promise.allSettled([
    start("coupon", "coupon", { PORT: String(ports.coupon) }),
    start("dispatcher", "dispatcher", { PORT: String(ports.dispatcher) }),
    ...ISSUERS.map((title) =>
      start(title, "issuer", { DISPATCHER_ADDRESSES: addressOf("dispatcher"), ISSUER_NAME: title }),
    ),
    start("order", "order", {
      PORT: String(ports.order),
      COUPON_ADDRESS: addressOf("coupon"),
      RANKING_ADDRESS: addressOf("ranking"),
    }),
    start("ranking", "ranking", { PORT: String(ports.ranking), ORDER_ADDRESS: addressOf("order") }),
  ]);
  for (const outcome of started) if (outcome.status === "rejected") throw outcome.reason;

  const client = createFirstcomeClient({
    coupon: addressOf("coupon"),
    dispatch: addressOf("dispatcher"),
    order: addressOf("order"),
    ranking: addressOf("ranking"),
  });
  starting.defer(() => client.close());
  const running = starting.move();
  return {
    redisUrl,
    mysqlUrl,
    keyPrefix,
    services,
    couponAddress: addressOf("coupon"),
    dispatcherAddress: addressOf("dispatcher"),
    orderAddress: addressOf("order"),
    rankingAddress: addressOf("ranking"),
    client,
    timeZone,
    logDirectory,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
