import { createFirstcomeClient } from "@firstcome/client";
import { connectRedis, createKeys } from "@firstcome/redis";
import { createTokenSource, serveConfigured } from "@firstcome/rpc";
import {
  type Clock,
  createMetrics,
  type Logger,
  type RunningService,
  startTracing,
  systemClock,
} from "@firstcome/runtime";
import { type App, composeApp } from "./app.ts";
import type { RankingConfig } from "./config.ts";
import { rankingServices } from "./handlers/index.ts";
import { startJobs } from "./jobs/index.ts";
import { rankingMetrics } from "./metrics.ts";

export const SERVICE_NAME = "ranking";

export interface RankingService extends RunningService {
  /** "127.0.0.1:50052" */
  readonly address: string;
  /** For tests of what no method shows. */
  readonly app: App;
}

export interface StartOptions {
  log: Logger;
  clock?: Clock;
}

/** How long the process has left, of its stop, for closing what calls no longer use. */
const CLOSING_MS = 2_000;
const REDIS_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the ranking service up; the order service may come later. Disposing stops it in this order: no new calls, the
 * calls under way finish, jobs, then what they stood on.
 */
export async function startRankingService(config: RankingConfig, options: StartOptions): Promise<RankingService> {
  const { log, clock = systemClock } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(await startTracing({ serviceName: SERVICE_NAME }));
  const metrics = createMetrics({ name: SERVICE_NAME });

  const redis = await connectRedis({
    url: config.redis.url,
    name: SERVICE_NAME,
    commandTimeoutMs: config.redis.timeoutMs,
    connectTimeoutMs: REDIS_CONNECT_TIMEOUT_MS,
    onError: (error) => log.warn({ err: error }, "Redis connection trouble"),
  });
  stack.defer(() => redis.disconnect());
  const { address: order, tls, credential } = config.order;
  const token = createTokenSource(credential, { role: "service", subject: SERVICE_NAME });
  const client = stack.use(createFirstcomeClient({ order, tls, token }));

  const keys = createKeys({ prefix: config.redis.keyPrefix });
  const app = composeApp({ config, clock, log, metrics: rankingMetrics(metrics), redis, keys, client });
  for (const job of startJobs({ app, config, redis, keys, log, metrics })) stack.use(job);

  const { stopTimeoutMs } = config.server;
  // A command of Redis that is under way is waited for.
  const closingMs = Math.min(Math.max(CLOSING_MS, config.redis.timeoutMs), stopTimeoutMs / 2);

  const { server, metricsAddress } = await serveConfigured(stack, {
    name: SERVICE_NAME,
    config: config.server,
    services: rankingServices(app),
    log,
    metrics,
    drainMs: stopTimeoutMs - closingMs,
  });

  const running = stack.move();
  return {
    address: server.address,
    metricsAddress,
    app,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
