import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createFirstcomeClient } from "@firstcome/client";
import type { FirstcomeClient } from "@firstcome/client";
import { findFreePort, isPortFree, localDirectory, startServers, startService } from "@firstcome/stack";
import type { ServiceName, ServiceProcess } from "@firstcome/stack";

/** Everything that runs: servers, services, and a client of them. */
export interface Shop extends AsyncDisposable {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  /** Each process by a name for people. */
  readonly services: ReadonlyMap<string, ServiceProcess>;
  readonly couponAddress: string;
  readonly dispatcherAddress: string;
  readonly client: FirstcomeClient;
  /** Where the services' logs are. */
  readonly logDirectory: string;
}

const FIXED_PORTS = { coupon: 50_051, dispatcher: 50_054 } as const;

/** Brings everything up. Disposing brings it down, senders before receivers. */
export async function startShop(say: (line: string) => void): Promise<Shop> {
  await using starting = new AsyncDisposableStack();
  const servers = starting.use(await startServers({ log: say }));
  const logDirectory = join(localDirectory, "logs");
  mkdirSync(logDirectory, { recursive: true });

  const services = new Map<string, ServiceProcess>();
  const common = { REDIS_URL: servers.redisUrl, MYSQL_URL: servers.mysqlUrl, METRICS_PORT: "0" };
  const start = async (title: string, name: ServiceName, env: Record<string, string>): Promise<ServiceProcess> => {
    const logFile = createWriteStream(join(logDirectory, `${title}.log`));
    const log = (line: string): void => void logFile.write(`${line}\n`);
    const service = await startService({ name, env: { ...common, ...env }, log });
    services.set(title, service);
    return service;
  };
  // Stopped in the order coupon, dispatcher, issuers; so started in the opposite one.
  starting.defer(() => Promise.all([...services].map(([, service]) => service.stop())).then(() => undefined));

  const [couponPort, dispatcherPort] = await Promise.all([portOf("coupon"), portOf("dispatcher")]);
  const dispatcher = await start("dispatcher", "dispatcher", { PORT: String(dispatcherPort) });
  const [coupon] = await Promise.all([
    start("coupon", "coupon", { PORT: String(couponPort) }),
    ...["issuer-1", "issuer-2"].map((title) =>
      start(title, "issuer", { DISPATCHER_ADDRESSES: dispatcher.address, ISSUER_NAME: title }),
    ),
  ]);
  starting.defer(async () => {
    await coupon.stop();
    await dispatcher.stop();
  });

  const client = createFirstcomeClient({ coupon: coupon.address, dispatch: dispatcher.address });
  starting.defer(() => client.close());
  const running = starting.move();
  return {
    redisUrl: servers.redisUrl,
    mysqlUrl: servers.mysqlUrl,
    services,
    couponAddress: coupon.address,
    dispatcherAddress: dispatcher.address,
    client,
    logDirectory,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Set by environment (`COUPON_PORT`, `DISPATCHER_PORT`), or the fixed one, or any when that is taken. */
async function portOf(service: keyof typeof FIXED_PORTS): Promise<number> {
  const set = process.env[`${service.toUpperCase()}_PORT`];
  if (set) return Number(set);
  return (await isPortFree(FIXED_PORTS[service])) ? FIXED_PORTS[service] : findFreePort();
}
