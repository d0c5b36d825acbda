import { randomBytes } from "node:crypto";
import { connectRedis, createKeys, Handoff } from "@firstcome/redis";
import { serveConfigured } from "@firstcome/rpc";
import {
  type Clock,
  createMetrics,
  type Logger,
  type RunningService,
  startTracing,
  systemClock,
} from "@firstcome/runtime";
import { composeApp } from "./app.ts";
import type { DispatcherConfig } from "./config.ts";
import { dispatcherServices } from "./handlers/index.ts";
import { startLoops } from "./loops.ts";
import { observeApp } from "./metrics.ts";
import { stopDispatch } from "./stop.ts";

export const SERVICE_NAME = "dispatcher";

export interface DispatcherService extends RunningService {
  /** "127.0.0.1:50054" */
  readonly address: string;
}

/** How much of the time for a stop is kept for closing what nobody uses any more. */
const CLOSING_MS = 2_000;
const REDIS_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the dispatcher up. Disposing stops it in this order: health says NOT_SERVING; workers settle or give back; no
 * more calls; Redis.
 */
export async function startDispatcher(
  config: DispatcherConfig,
  { log, wallClock = systemClock }: { log: Logger; wallClock?: Clock },
): Promise<DispatcherService> {
  await using stack = new AsyncDisposableStack();
  stack.use(await startTracing({ serviceName: SERVICE_NAME }));
  const metrics = createMetrics({ name: SERVICE_NAME });

  const { url, keyPrefix: prefix, timeoutMs, partitions, waitReplicas } = config.redis;
  const redis = await connectRedis({
    url,
    name: SERVICE_NAME,
    commandTimeoutMs: timeoutMs,
    connectTimeoutMs: REDIS_CONNECT_TIMEOUT_MS,
    onError: (error) => log.debug({ err: error }, "Redis connection trouble"),
  });
  stack.defer(() => redis.disconnect());
  // The id may be the same after a restart; what this process holds must be told from what the last one held.
  const consumer = `${config.dispatcherId}/${randomBytes(6).toString("hex")}`;
  const handoff = new Handoff({ redis, keys: createKeys({ prefix, partitions }), consumer, waitReplicas });
  await handoff.prepare();
  const app = composeApp({ config, handoff, wallClock, log, metrics });
  observeApp(metrics, app);

  const { stopTimeoutMs } = config.server;
  // A command of Redis that is under way is waited for.
  const closingMs = Math.min(Math.max(CLOSING_MS, timeoutMs), stopTimeoutMs / 2);
  const { server, metricsAddress } = await serveConfigured(stack, {
    name: SERVICE_NAME,
    config: config.server,
    services: dispatcherServices(app),
    log,
    metrics,
    drainMs: CLOSING_MS / 2,
  });

  const loops = startLoops(app);
  stack.defer(() => {
    server.setServing(false);
    return stopDispatch(app, loops, stopTimeoutMs - closingMs);
  });

  const all = stack.move();
  return {
    address: server.address,
    metricsAddress,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
