import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { type Database, openDatabase } from "@firstcome/database";
import { type Clock, silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, testDatabase } from "@firstcome/testkit";
import { readOrderConfig } from "../../src/config.ts";
import { type OrderService, startOrderService } from "../../src/service.ts";
import { Counter } from "./counter.ts";
import { type RecordingRanking, startRecordingRanking } from "./recording-ranking.ts";

export interface Shop {
  readonly service: OrderService;
  readonly client: FirstcomeClient;
  /** What customers and operators do, in a word each. */
  readonly counter: Counter;
  readonly ranking: RecordingRanking;
  readonly db: Database;
  readonly mysqlUrl: string;
  /** One more order service on the same database and with the same neighbours. */
  another(options?: {
    env?: NodeJS.ProcessEnv;
    clock?: Clock;
  }): Promise<{ service: OrderService; client: FirstcomeClient }>;
}

export interface ShopOptions {
  env?: NodeJS.ProcessEnv;
  clock?: Clock;
  /** Nobody listens there unless set. */
  couponAddress?: string;
  mysqlUrl?: string;
}

const NOBODY = "127.0.0.1:1";

/** An order service with a schema and a ranking of its own. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const { clock, env, couponAddress = NOBODY } = options;
  const mysqlUrl = options.mysqlUrl ?? (await testDatabase()).url;
  const ranking = await startRecordingRanking();
  const start = async (own: { env?: NodeJS.ProcessEnv | undefined; clock?: Clock | undefined }) => {
    const config = readOrderConfig({
      ...environment({ mysqlUrl, couponAddress, rankingAddress: ranking.address }),
      ...own.env,
    });
    const service = await startOrderService(config, { log: silentLogger, ...(own.clock && { clock: own.clock }) });
    cleanUpAfterFile(async () => await service[Symbol.asyncDispose]());
    return { service, client: connect(service.address) };
  };
  const { service, client } = await start({ env, clock });
  const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
  cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
  return {
    service,
    client,
    counter: new Counter(client),
    ranking,
    db,
    mysqlUrl,
    another: (own = {}) => start({ env, clock, ...own }),
  };
}

/** The variables of an order service, for one in this process and for one of its own. */
export function environment(at: {
  mysqlUrl: string;
  couponAddress?: string;
  rankingAddress: string;
}): Record<string, string> {
  return {
    PORT: "0",
    MYSQL_URL: at.mysqlUrl,
    COUPON_ADDRESS: at.couponAddress ?? NOBODY,
    RANKING_ADDRESS: at.rankingAddress,
    OUTBOX_POLL_MS: "50",
    // However busy the machine is, a neighbour that is there is not taken for one that is away.
    CALL_TIMEOUT_MS: "10000",
    OUTBOX_CLAIM_MS: "13000",
    // Those who test it call it.
    ORDER_EXPIRE_INTERVAL_MS: "3600000",
  };
}

/** A connection of its own, that does not retry: a test sees every answer. */
export function connect(order: string): FirstcomeClient {
  const client = createFirstcomeClient({ order, retry: false, defaultTimeoutMs: 60_000 });
  cleanUpAfterFile(async () => client.close());
  return client;
}
