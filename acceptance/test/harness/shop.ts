import { openDatabase } from "@firstcome/database";
import type { Database } from "@firstcome/database";
import { connectRedis, CouponState, createKeys, Handoff } from "@firstcome/redis";
import type { Keys, RedisClient } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { startService } from "@firstcome/stack";
import type { ServiceName, ServiceProcess } from "@firstcome/stack";
import { cleanUpAfterFile } from "@firstcome/testkit";

/** Where a shop keeps its data. */
export interface Stores {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly keyPrefix?: string;
}

/** Real processes of all services on real servers, and a direct view of what they wrote. */
export interface Shop {
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly state: CouponState;
  readonly handoff: Handoff;
  readonly database: Database;
  /** @param log is told every line that the process prints */
  start(name: ServiceName, env?: Record<string, string>, log?: (line: string) => void): Promise<ServiceProcess>;
}

/**
 * What goes wrong is noticed within a second here, and within half a minute in real life, where a pause of the network is
 * not to be taken for a death.
 */
const IMPATIENT = {
  METRICS_PORT: "0",
  PORT: "0",
  DISPATCH_HEARTBEAT_MS: "500",
  DISPATCH_DEADLINE_MS: "2000",
  DISPATCH_KEEP_ALIVE_MS: "500",
  DISPATCH_CLAIM_MIN_IDLE_MS: "1500",
  CALL_TIMEOUT_MS: "10000",
  OUTBOX_CLAIM_MS: "13000",
};

export async function openShop({ redisUrl, mysqlUrl, keyPrefix = "" }: Stores): Promise<Shop> {
  const redis = await connectRedis({ url: redisUrl, name: "acceptance" });
  const database = await openDatabase({ url: mysqlUrl, poolSize: 2, log: silentLogger });
  const keys = createKeys({ prefix: keyPrefix });
  const services: ServiceProcess[] = [];
  cleanUpAfterFile(async () => {
    await Promise.all(services.filter(({ running }) => running).map((service) => service.kill()));
    redis.disconnect();
    await database[Symbol.asyncDispose]();
  });
  return {
    redis,
    keys,
    database,
    state: new CouponState({ redis, keys }),
    handoff: new Handoff({ redis, keys, consumer: "acceptance" }),
    async start(name, env = {}, log) {
      const stores = { REDIS_URL: redisUrl, MYSQL_URL: mysqlUrl, REDIS_KEY_PREFIX: keyPrefix };
      const service = await startService({ name, env: { ...IMPATIENT, ...stores, ...env }, ...(log && { log }) });
      services.push(service);
      return service;
    },
  };
}
