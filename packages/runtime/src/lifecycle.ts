import { ConfigError } from "./config.ts";
import { createLogger, type Logger } from "./logger.ts";

export interface ServiceSpec {
  name: string;
  /**
   * Brings the service up; what it returns is disposed to bring it down. The signal aborts when the process is asked to
   * stop before it was up.
   */
  start: (signal: AbortSignal) => Promise<AsyncDisposable>;
  /** From the first signal to the hard end, in ms. */
  stopTimeoutMs?: number;
  log?: Logger;
}

/**
 * The whole life of a process: start, wait for SIGTERM or SIGINT, stop, exit. Exit code 0 after an orderly stop; 1 when
 * the service cannot start, when something throws where nobody catches, or when the stop takes longer than it may.
 * A second signal changes nothing: the deadline already bounds the stop.
 */
export async function runService(spec: ServiceSpec): Promise<never> {
  const { name, start, stopTimeoutMs = 30_000, log = createLogger({ name }) } = spec;
  const stopping = new AbortController();
  const { promise: asked, resolve: ask } = Promise.withResolvers<NodeJS.Signals>();

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    log.info({ signal }, "stopping");
    setTimeout(() => {
      log.fatal({ stopTimeoutMs }, "the stop took too long; ending all the same");
      process.exit(1);
    }, stopTimeoutMs);
    stopping.abort();
    ask(signal);
  };
  const onUncaught = (error: unknown): void => {
    log.fatal({ err: error }, "uncaught error");
    process.exit(1);
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  process.on("uncaughtException", onUncaught).on("unhandledRejection", onUncaught);

  try {
    const service = await start(stopping.signal);
    await asked;
    await service[Symbol.asyncDispose]();
  } catch (error) {
    if (error instanceof ConfigError) log.fatal({ problems: error.problems }, error.message);
    else if (stopping.signal.aborted) log.error({ err: error }, "the stop failed");
    else log.fatal({ err: error }, "the service could not start");
    process.exit(1);
  }
  log.info("stopped");
  process.exit(0);
}
