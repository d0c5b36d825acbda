import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { SalesEvent } from "@firstcome/contracts/ranking";
import { connectRedis, createKeys, type Keys, type RedisClient } from "@firstcome/redis";
import { type Logger, silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, FakeClock, testRedis } from "@firstcome/testkit";
import { readRankingConfig } from "../../src/config.ts";
import { type RankingService, startRankingService } from "../../src/service.ts";

export interface TestServiceSpec {
  /** Where the order service is. */
  order: { readonly address: string };
  /** The run's shared Redis with keys of its own, unless given. */
  redis?: { readonly url: string; readonly keyPrefix: string };
  clock?: FakeClock;
  env?: NodeJS.ProcessEnv;
  log?: Logger;
}

export interface TestService {
  readonly service: RankingService;
  readonly ranking: FirstcomeClient["ranking"];
  readonly admin: FirstcomeClient["rankingAdmin"];
  readonly clock: FakeClock;
  readonly servers: { readonly url: string; readonly keyPrefix: string };
  readonly redis: RedisClient;
  readonly keys: Keys;
  /** Records a paid order, or its cancellation; gives what the service says of it. */
  record: (day: string, orderId: string, items: Record<string, number>, event?: SalesEvent) => Promise<boolean>;
  /** Product id → pieces, as Redis holds them. */
  sold: (day: string) => Promise<Record<string, number>>;
}

/** 15:00 of 20300102 in Seoul. */
export const AFTERNOON = Date.UTC(2030, 0, 2, 6);

/** A service whose clock stands still. Its clients do not retry, so that a test sees every answer. */
export async function startTestService(spec: TestServiceSpec): Promise<TestService> {
  const servers = spec.redis ?? testRedis();
  const clock = spec.clock ?? new FakeClock(AFTERNOON);
  const config = readRankingConfig({
    PORT: "0",
    REDIS_URL: servers.url,
    REDIS_KEY_PREFIX: servers.keyPrefix,
    ORDER_ADDRESS: spec.order.address,
    WATCH_INTERVAL_MS: "10",
    // However busy the machine is, a test sees the newer answer.
    POPULAR_PATIENCE_MS: "20000",
    // Never during a test, unless it says so.
    POPULAR_REFRESH_CRON: "0 0 0 29 2 *",
    ...spec.env,
  });
  const service = await startRankingService(config, { log: spec.log ?? silentLogger, clock });
  const client = createFirstcomeClient({ ranking: service.address, retry: false, defaultTimeoutMs: 60_000 });
  const redis = await connectRedis({ url: servers.url, name: "test" });
  cleanUpAfterFile(async () => {
    client.close();
    await service[Symbol.asyncDispose]();
    redis.disconnect();
  });
  const keys = createKeys({ prefix: servers.keyPrefix });
  return {
    service,
    ranking: client.ranking,
    admin: client.rankingAdmin,
    clock,
    servers,
    redis,
    keys,
    async record(day, orderId, items, event = SalesEvent.PAID) {
      const productIds = Object.keys(items);
      const quantities = Object.values(items);
      const { counted } = await client.ranking.recordSales({ orderId, day, event, productIds, quantities });
      return counted;
    },
    async sold(day) {
      const flat = await redis.zrange(keys.salesOfDay(day), 0, "-1", "WITHSCORES");
      const sold: Record<string, number> = {};
      for (let i = 0; i < flat.length; i += 2) sold[flat[i] as string] = Number(flat[i + 1]);
      return sold;
    },
  };
}
