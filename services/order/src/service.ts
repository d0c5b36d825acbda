import { createFirstcomeClient } from "@firstcome/client";
import { migrate, openDatabase } from "@firstcome/database";
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
import type { OrderConfig } from "./config.ts";
import { orderServices } from "./handlers/index.ts";
import { startJobs } from "./jobs/index.ts";
import { orderMetrics } from "./metrics.ts";

export const SERVICE_NAME = "order";

export interface OrderService extends RunningService {
  /** "127.0.0.1:50053" */
  readonly address: string;
  /** For tests of what no method shows, such as one pass of a job. */
  readonly app: App;
}

export interface StartOptions {
  log: Logger;
  clock?: Clock;
  /** Aborts the start. */
  signal?: AbortSignal;
}

/** How long the process has left, of its stop, for closing what calls no longer use. */
const CLOSING_MS = 5_000;

/**
 * Brings the order service up; the coupon and ranking services may still be down. Disposing stops it in this order: no new
 * calls, the calls under way finish, the deliveries under way, jobs, then what they stood on.
 */
export async function startOrderService(config: OrderConfig, options: StartOptions): Promise<OrderService> {
  const { log, clock = systemClock, signal } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(await startTracing({ serviceName: SERVICE_NAME }));
  const metrics = createMetrics({ name: SERVICE_NAME });

  const db = stack.use(await openDatabase({ ...config.mysql, log, ...(signal && { signal }) }));
  const ran = await migrate(db);
  if (ran.length > 0) log.info({ steps: ran }, "the schema is migrated");
  const { stopTimeoutMs } = config.server;
  const client = stack.use(
    createFirstcomeClient({
      coupon: config.couponAddress,
      ranking: config.rankingAddress,
      tls: config.client.tls,
      token: createTokenSource(config.client.credential, { role: "service", subject: SERVICE_NAME }),
    }),
  );
  const app = composeApp({ config, clock, log, metrics: orderMetrics(metrics), db, client });
  const { expireIntervalMs } = config.payment;
  for (const job of startJobs({ app, expireIntervalMs, log, metrics })) stack.use(job);

  const { server, metricsAddress } = await serveConfigured(stack, {
    name: SERVICE_NAME,
    config: config.server,
    services: orderServices(app),
    log,
    metrics,
    drainMs: Math.max(stopTimeoutMs - CLOSING_MS, 0),
  });

  const running = stack.move();
  return {
    address: server.address,
    metricsAddress,
    app,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
