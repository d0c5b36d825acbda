import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { startPrivateServers } from "@firstcome/stack";
import { TcpProxy } from "../proxy/tcp-proxy.ts";
import {
  ALL_LINKS,
  COUPONS,
  DISPATCHERS,
  endsOf,
  type Link,
  type ProcessTitle,
  SERVICE_TITLES,
  type ServiceTitle,
} from "../topology.ts";
import type { Actor } from "./actor.ts";
import { environmentOf } from "./environment.ts";
import { RowRule } from "./row-rule.ts";
import { ServiceActor } from "./service-actor.ts";
import { storeActor } from "./store-actor.ts";

/** Everything that a run plays with: real servers, real processes, and a proxy on each way between them. */
export interface Stage extends AsyncDisposable {
  /** Past the proxies: for witnesses. */
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly actors: ReadonlyMap<ProcessTitle, Actor>;
  readonly services: readonly ServiceActor[];
  readonly proxies: ReadonlyMap<Link, TcpProxy>;
  readonly rowRule: RowRule;
  /** One for each coupon service, as callers at different front ends have, each with a dispatcher. All know the order service. */
  readonly clients: readonly CallersClient[];
}

export interface CallersClient {
  readonly via: ServiceTitle;
  readonly client: FirstcomeClient;
}

/** Disposing ends everything, whatever state it is in. */
export async function setStage(logDirectory: string, say: (line: string) => void): Promise<Stage> {
  await using setting = new AsyncDisposableStack();
  mkdirSync(logDirectory, { recursive: true });
  const { redis, mysql } = setting.use(await startPrivateServers(["redis", "mysql"], { log: say }));
  const storePorts = { redis: Number(new URL(redis.url).port), mysql: Number(new URL(mysql.url).port) };

  const services = new Map<ServiceTitle, ServiceActor>();
  const portOf = (title: ProcessTitle): number | undefined =>
    title === "redis" || title === "mysql" ? storePorts[title] : services.get(title)?.port;
  const proxies = new Map<Link, TcpProxy>();
  for (const link of ALL_LINKS) {
    proxies.set(link, setting.use(await TcpProxy.listen(() => portOf(endsOf(link).to))));
  }
  const addressOf = (link: Link): string => {
    const proxy = proxies.get(link);
    if (!proxy) throw new TypeError(`there is no link ${link}`);
    return proxy.address;
  };

  for (const title of SERVICE_TITLES) {
    const logFile = createWriteStream(join(logDirectory, `${title}.log`));
    setting.defer(() => void logFile.end());
    const log = (line: string): void => void logFile.write(`${line}\n`);
    const env = environmentOf(title, { redis: redis.url, mysql: mysql.url }, addressOf);
    services.set(title, setting.use(new ServiceActor({ title, env, log })));
  }
  await startAll([...services.values()]);

  const clients = COUPONS.map((via, i): CallersClient => {
    const coupon = addressOf(`callers>${via}`);
    const dispatch = addressOf(`callers>${DISPATCHERS[i % DISPATCHERS.length] as ServiceTitle}`);
    return { via, client: createFirstcomeClient({ coupon, dispatch, order: addressOf("callers>order") }) };
  });
  setting.defer(() => {
    for (const { client } of clients) client.close();
  });
  const actors = new Map<ProcessTitle, Actor>([
    ...services,
    ["redis", storeActor(redis)],
    ["mysql", storeActor(mysql)],
  ]);
  const set = setting.move();
  return {
    redisUrl: redis.url,
    mysqlUrl: mysql.url,
    actors,
    services: [...services.values()],
    proxies,
    rowRule: new RowRule(mysql.url),
    clients,
    [Symbol.asyncDispose]: () => set.disposeAsync(),
  };
}

/** All at once, in whatever order they come up: each waits for what it needs. */
async function startAll(services: readonly ServiceActor[]): Promise<void> {
  const started = await Promise.allSettled(services.map((service) => service.start()));
  for (const outcome of started) if (outcome.status === "rejected") throw outcome.reason;
}
