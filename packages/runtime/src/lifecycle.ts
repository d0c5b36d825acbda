import { ConfigError } from "./config.ts";
import type { ServerConfig } from "./env/server-env.ts";
import { createLogger, type LogLevel, type Logger } from "./logger.ts";
import { primaryLink } from "./processes/primary-link.ts";
import { runWorkers } from "./processes/run-workers.ts";
import type { RunningService } from "./running-service.ts";

export interface ServiceSpec<C extends ServiceConfig> {
  name: string;
  /** Reads the environment. @throws ConfigError */
  readConfig: () => C;
  /** Brings the service up; what it returns is disposed to bring it down. */
  start: (config: C, context: StartContext) => Promise<RunningService>;
}

/** What of its configuration decides how a service is run. */
export interface ServiceConfig {
  logLevel: LogLevel;
  server: Pick<ServerConfig, "host" | "metricsPort" | "stopTimeoutMs" | "workers">;
}

export interface StartContext {
  log: Logger;
  /** Aborts when the process is asked to stop before the service is up. */
  signal: AbortSignal;
}

/** A worker ends itself when the time for its stop is up, and says so; its primary ends one that cannot, and then itself. */
const WORKER_GRACE_MS = 1_000;

/**
 * The whole life of a process: start, say so, wait for SIGTERM or SIGINT, stop, exit. Exit code 0 after an orderly stop; 1 when
 * the service cannot start, when something throws where nobody catches, or when the stop takes longer than it may.
 * A second signal changes nothing: the deadline already bounds the stop.
 *
 * With WORKERS, this process starts so many of its kind, and lives as long as they do.
 */
export async function runService<C extends ServiceConfig>(spec: ServiceSpec<C>): Promise<never> {
  const { name, readConfig, start } = spec;
  const config = readOrEnd(readConfig, createLogger({ name }));
  const log = createLogger({ name, level: config.logLevel });
  const { workers, stopTimeoutMs } = config.server;
  if (workers === 1 || primaryLink) {
    return await live(log, stopTimeoutMs, (signal) => start(config, { log, signal }));
  }
  const killAfterMs = stopTimeoutMs + WORKER_GRACE_MS;
  return await live(log, killAfterMs + WORKER_GRACE_MS, (signal) =>
    runWorkers({ ...config.server, name, killAfterMs, log, signal }),
  );
}

function readOrEnd<C>(readConfig: () => C, log: Logger): C {
  try {
    return readConfig();
  } catch (error) {
    logFatal(log, error, "the configuration cannot be read");
    return process.exit(1);
  }
}

async function live(
  log: Logger,
  stopTimeoutMs: number,
  start: (signal: AbortSignal) => Promise<RunningService>,
): Promise<never> {
  const stopping = new AbortController();
  const asked = Promise.withResolvers<void>();
  let isUp = false;

  const stop = (why: object): void => {
    if (stopping.signal.aborted) return;
    log.info(why, "stopping");
    endAfter(stopTimeoutMs, log);
    stopping.abort();
    asked.resolve();
  };
  const onSignal = (signal: NodeJS.Signals): void => stop({ signal });
  const onUncaught = (error: unknown): void => {
    log.fatal({ err: error }, "uncaught error");
    process.exit(1);
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  process.on("uncaughtException", onUncaught).on("unhandledRejection", onUncaught);
  primaryLink?.onGone(() => stop({ why: "the primary is gone" }));

  try {
    const service = await start(stopping.signal);
    isUp = true;
    void sayReady(service, log, stopping.signal);
    await Promise.race([asked.promise, ...(service.lost ? [service.lost] : [])]);
    await service[Symbol.asyncDispose]();
  } catch (error) {
    if (stopping.signal.aborted) log.error({ err: error }, "the stop failed");
    else logFatal(log, error, isUp ? "the service is lost" : "the service could not start");
    process.exit(1);
  }
  log.info("stopped");
  process.exit(0);
}

/** A worker tells its primary, who tells the world when all of them are ready. */
async function sayReady(service: RunningService, log: Logger, stopping: AbortSignal): Promise<void> {
  const { address, metricsAddress: metrics } = service;
  primaryLink?.up(address);
  const more = await service.ready;
  if (stopping.aborted) return;
  if (primaryLink) primaryLink.ready();
  else log.info({ address, metrics, ...more }, "ready");
}

function logFatal(log: Logger, error: unknown, what: string): void {
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, error.message);
  else log.fatal({ err: error }, what);
}

/** Ends the process when its stop takes longer than it may. */
function endAfter(stopTimeoutMs: number, log: Logger): void {
  setTimeout(() => {
    log.fatal({ stopTimeoutMs }, "the stop took too long; ending all the same");
    process.exit(1);
  }, stopTimeoutMs);
}
