import { ConfigError } from "./config.ts";
import { createLogger, type Logger } from "./logger.ts";

export interface ServiceSpec {
  name: string;
  /**
   * Brings the service up; what it returns is disposed to bring it down. The signal aborts when the process is asked to
   * stop before it was up.
   */
  start: (signal: AbortSignal) => Promise<RunningService>;
  log?: Logger;
}

/** A service that is up; disposing brings it down. */
export interface RunningService extends AsyncDisposable {
  /** How long its stop may take, from the first signal to the hard end, in ms. 30 000 unless set. */
  readonly stopTimeoutMs?: number;
}

/** Also for a start that is asked to stop: how long it may take is not known before it has read its configuration. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * The whole life of a process: start, wait for SIGTERM or SIGINT, stop, exit. Exit code 0 after an orderly stop; 1 when
 * the service cannot start, when something throws where nobody catches, or when the stop takes longer than it may.
 * A second signal changes nothing: the deadline already bounds the stop.
 */
export async function runService(spec: ServiceSpec): Promise<never> {
  const { name, start, log = createLogger({ name }) } = spec;
  const stopping = new AbortController();
  const hardEnd = new HardEnd(log);
  const { promise: asked, resolve: ask } = Promise.withResolvers<NodeJS.Signals>();

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    log.info({ signal }, "stopping");
    hardEnd.begin();
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
    hardEnd.allow(service.stopTimeoutMs ?? STOP_TIMEOUT_MS);
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

/** Ends the process when its stop takes longer than it may. */
class HardEnd {
  readonly #log: Logger;
  #timeoutMs = STOP_TIMEOUT_MS;
  #begunAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The stop begins now. */
  begin(): void {
    this.#begunAt = performance.now();
    this.#arm();
  }

  /** How long the stop may take from its beginning, which may be in the past. */
  allow(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#arm();
  }

  #arm(): void {
    if (this.#begunAt === undefined) return;
    clearTimeout(this.#timer);
    const stopTimeoutMs = this.#timeoutMs;
    this.#timer = setTimeout(
      () => {
        this.#log.fatal({ stopTimeoutMs }, "the stop took too long; ending all the same");
        process.exit(1);
      },
      Math.max(0, this.#begunAt + stopTimeoutMs - performance.now()),
    );
  }
}
