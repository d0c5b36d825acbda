import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { type Database, openDatabase } from "@firstcome/database";
import { connectRedis, createKeys, Handoff, type Keys, type RedisClient } from "@firstcome/redis";
import { type Client, createClient, openChannel } from "@firstcome/rpc";
import { type Clock, silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, testDatabase, testRedis } from "@firstcome/testkit";
import { readCouponConfig } from "../../src/config.ts";
import { type CouponService as Service, startCouponService } from "../../src/service.ts";

export interface Servers {
  redisUrl: string;
  mysqlUrl: string;
  keyPrefix?: string;
}

export interface StartedService {
  readonly service: Service;
  readonly coupons: Client<typeof CouponService>;
  readonly admin: Client<typeof CouponAdminService>;
}

/** A service with its own schema and keys, and what a test needs to look behind it. */
export interface TestService extends StartedService {
  readonly servers: Servers;
  readonly db: Database;
  readonly redis: RedisClient;
  readonly keys: Keys;
}

export async function startTestService(env: NodeJS.ProcessEnv = {}): Promise<TestService> {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  const servers = { redisUrl, mysqlUrl, keyPrefix };
  const started = await startOn(servers, env);
  const redis = await connectRedis({ url: redisUrl, name: "test" });
  cleanUpAfterFile(async () => redis.disconnect());
  const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
  cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
  const keys = createKeys({ prefix: keyPrefix });
  // As a dispatcher does: the streams and their groups are there.
  await new Handoff({ redis, keys, consumer: "test" }).prepare();
  return { ...started, servers, db, redis, keys };
}

/** One more service on the same servers. Its clients do not retry, so that a test sees every answer. */
export async function startOn(servers: Servers, env: NodeJS.ProcessEnv = {}, clock?: Clock): Promise<StartedService> {
  const config = readCouponConfig({
    PORT: "0",
    REDIS_URL: servers.redisUrl,
    MYSQL_URL: servers.mysqlUrl,
    REDIS_KEY_PREFIX: servers.keyPrefix,
    WATCH_INTERVAL_MS: "20",
    // Nothing is on its way here that Redis does not know of.
    GATE_SETTLE_MS: "0",
    // However slow the machine loads.
    GATE_LOAD_PATIENCE_MS: "60000",
    ...env,
  });
  const service = await startCouponService(config, {
    log: silentLogger,
    ...(clock && { clock }),
    // Those who test them run them.
    scheduledJobs: false,
  });
  const channel = openChannel(service.address, { retry: false, defaultTimeoutMs: 60_000 });
  cleanUpAfterFile(async () => {
    channel.close();
    await service[Symbol.asyncDispose]();
  });
  return {
    service,
    coupons: createClient(CouponService, channel),
    admin: createClient(CouponAdminService, channel),
  };
}
