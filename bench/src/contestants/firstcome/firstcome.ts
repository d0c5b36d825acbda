import { randomUUID } from "node:crypto";
import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { type Database, openDatabase } from "@firstcome/database";
import { connectRedis, CouponState, createKeys } from "@firstcome/redis";
import { createLogger } from "@firstcome/runtime";
import { findFreePort, type ServiceName, type ServiceProcess, startService } from "@firstcome/stack";
import { openServers } from "../../servers.ts";
import type { Front } from "../front.ts";
import type { PromiseListener } from "./hold-promises.ts";

/**
 * One of each service, on servers of their own, and both stores asked directly. `npm start` has two issuers, so that one can die;
 * their inserts are smaller and get in each other's way: by turns with `--quick --only stream`, median of the rounds, two took 34.0 µs
 * a coupon over all processes, one 32.6. `rabbitmq-batch` has one worker as well.
 */
export interface Firstcome extends Front {
  readonly database: Database;
  readonly state: CouponState;
  readonly client: FirstcomeClient;
  readonly listener: PromiseListener;
}

/** Senders before receivers: each may still hand on what it has begun. */
const STOP_ORDER = ["coupon", "dispatcher", "issuer"];

export async function startFirstcome(say: (line: string) => void, listener: PromiseListener): Promise<Firstcome> {
  await using starting = new AsyncDisposableStack();
  const servers = starting.use(await openServers(["redis", "mysql"], say));
  const services: ServiceProcess[] = [];
  starting.defer(async () => {
    for (const name of STOP_ORDER) {
      await services.find((service) => service.name === name)?.stop();
    }
  });
  const start = async (name: ServiceName, env: Record<string, string>): Promise<void> => {
    const stores = { REDIS_URL: servers.redisUrl, MYSQL_URL: servers.mysqlUrl, REDIS_KEY_PREFIX: "" };
    services.push(await startService({ name, env: { ...stores, METRICS_PORT: "0", ...env } }));
  };
  const [couponPort, dispatcherPort] = [await findFreePort(), await findFreePort()];
  const dispatcherAddress = `127.0.0.1:${dispatcherPort}`;
  const outcomes = await Promise.allSettled([
    start("coupon", { PORT: String(couponPort) }),
    start("dispatcher", { PORT: String(dispatcherPort) }),
    start("issuer", { DISPATCHER_ADDRESSES: dispatcherAddress, ISSUER_NAME: "issuer-1" }),
  ]);
  // When one fails the others are awaited all the same, so that they are known and stopped.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;

  const address = `127.0.0.1:${couponPort}`;
  const client = createFirstcomeClient({ coupon: address, dispatch: dispatcherAddress });
  starting.defer(() => client.close());
  const log = createLogger({ name: "bench", level: "error" });
  const database = starting.use(await openDatabase({ url: servers.mysqlUrl, poolSize: 2, log }));
  const redis = await connectRedis({ url: servers.redisUrl, name: "bench" });
  starting.defer(() => redis.disconnect());
  const open = starting.move();
  return {
    address,
    processes: [...servers.processes, ...services.map(({ name, pid }) => ({ name, pid }))],
    database,
    state: new CouponState({ redis, keys: createKeys() }),
    client,
    listener,
    openCoupon: (quantity) => openCoupon(client, quantity),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function openCoupon({ couponAdmin }: FirstcomeClient, quantity: number): Promise<string> {
  const { coupon } = await couponAdmin.createCoupon({
    requestId: randomUUID(),
    name: `Bench, ${quantity} pieces`,
    quantity,
    discount: { kind: { case: "percentOff", value: 10 } },
  });
  if (!coupon) throw new Error("the coupon service answered without a coupon");
  return coupon.id;
}
