import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import type { ChannelOptions } from "@firstcome/rpc";
import { findFreePort, type ServiceName, type ServiceProcess } from "@firstcome/stack";
import { cleanUpAfterFile, testDatabase, testRedis } from "@firstcome/testkit";
import { openShop, type Shop, type Stores } from "./shop.ts";

/** All five services as processes on real servers, everything that they print, and a client of them. */
export interface WholeShop {
  readonly shop: Shop;
  readonly processes: Readonly<Record<ServiceName, ServiceProcess>>;
  readonly lines: readonly string[];
  /** Does not retry, so that a test sees every answer. */
  clientWith(options: Pick<ChannelOptions, "token">): FirstcomeClient;
}

export interface WholeShopOptions {
  /** The run's shared servers, unless given. */
  stores?: Stores;
  /** For all services. */
  env?: Record<string, string>;
  /** For one of them. */
  envOf?: (name: ServiceName) => Record<string, string>;
}

export async function startWholeShop(options: WholeShopOptions = {}): Promise<WholeShop> {
  const { stores = await sharedStores(), env = {}, envOf = () => ({}) } = options;
  const shop = await openShop(stores);
  const lines: string[] = [];
  const start = (name: ServiceName, addresses: Record<string, string> = {}): Promise<ServiceProcess> =>
    shop.start(name, { ...env, ...addresses, ...envOf(name) }, (line) => void lines.push(line));

  // Order and ranking call each other.
  const orderPort = await findFreePort();
  const [coupon, dispatcher, ranking] = await Promise.all([
    start("coupon"),
    start("dispatcher"),
    start("ranking", { ORDER_ADDRESS: `127.0.0.1:${orderPort}` }),
  ]);
  const [order, issuer] = await Promise.all([
    start("order", { PORT: String(orderPort), COUPON_ADDRESS: coupon.address, RANKING_ADDRESS: ranking.address }),
    start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address }),
  ]);
  const addresses = {
    coupon: coupon.address,
    dispatch: dispatcher.address,
    order: order.address,
    ranking: ranking.address,
  };
  return {
    shop,
    processes: { coupon, dispatcher, order, ranking, issuer },
    lines,
    clientWith(channel) {
      const client = createFirstcomeClient({ ...addresses, ...channel, retry: false, defaultTimeoutMs: 60_000 });
      cleanUpAfterFile(async () => client.close());
      return client;
    },
  };
}

async function sharedStores(): Promise<Stores> {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  return { redisUrl, mysqlUrl, keyPrefix };
}
