import { migrate, openDatabase } from "@firstcome/database";
import { agreeOnPartitions, checkDurability, connectRedis, createKeys } from "@firstcome/redis";
import { serveConfigured } from "@firstcome/rpc";
import {
  type Clock,
  createMetrics,
  type Logger,
  type RunningService,
  startTracing,
  systemClock,
  watchDurability,
} from "@firstcome/runtime";
import { type App, composeApp } from "./app.ts";
import type { CouponConfig } from "./config.ts";
import { couponServices } from "./handlers/index.ts";
import { lookBeforeServing } from "./jobs/before-serving.ts";
import { startJobs, watchRedis } from "./jobs/index.ts";
import { couponMetrics } from "./metrics.ts";

export const SERVICE_NAME = "coupon";

export interface CouponService extends RunningService {
  /** "127.0.0.1:50051" */
  readonly address: string;
  /** For tests of what no method shows, such as one pass of a job. */
  readonly app: App;
}

export interface StartOptions {
  log: Logger;
  clock?: Clock;
  /** Aborts the start. */
  signal?: AbortSignal;
  /** True unless set. False is for tests that run single passes: none by the clock comes between. */
  scheduledJobs?: boolean;
}

/** How long the process has left, of its stop, for closing what calls no longer use. */
const CLOSING_MS = 2_000;
const REDIS_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the coupon service up. Disposing stops it in this order: no new calls, the calls under way finish, jobs, gate,
 * then what they stood on.
 */
export async function startCouponService(config: CouponConfig, options: StartOptions): Promise<CouponService> {
  const { log, clock = systemClock, signal, scheduledJobs = true } = options;
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
  stack.use(await watchDurability({ check: () => checkDurability(redis), log, metrics }));
  const db = stack.use(await openDatabase({ ...config.mysql, log, ...(signal && { signal }) }));
  const ran = await migrate(db);
  if (ran.length > 0) log.info({ steps: ran }, "the schema is migrated");

  const keys = createKeys({ prefix: config.redis.keyPrefix, partitions: config.gate.partitions });
  await agreeOnPartitions(redis, keys);
  const app = stack.use(composeApp({ config, clock, log, metrics: couponMetrics(metrics), redis, keys, db }));
  const jobs = { ...config, app, redis, keys, log, metrics };
  // Before the first look, so that it misses no return of Redis while that runs.
  const watch = stack.use(watchRedis(jobs));
  stack.use(await lookBeforeServing(app, () => watch.look(), signal));
  if (scheduledJobs) for (const job of startJobs(jobs)) stack.use(job);
  // Before the jobs, which may wait for a load.
  stack.defer(() => app.loader.giveUp());

  const { stopTimeoutMs } = config.server;
  // A command of Redis that is under way is waited for.
  const closingMs = Math.min(Math.max(CLOSING_MS, config.redis.timeoutMs), stopTimeoutMs / 2);

  const { server, metricsAddress } = await serveConfigured(stack, {
    name: SERVICE_NAME,
    config: config.server,
    services: couponServices(app, config.issueRate),
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
