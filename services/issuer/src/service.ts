import { checkDurability, migrate, openDatabase } from "@firstcome/database";
import { createTokenSource } from "@firstcome/rpc";
import {
  createMetrics,
  exposeMetrics,
  type Logger,
  type RunningService,
  startTracing,
  systemClock,
  watchDurability,
  withTimeout,
} from "@firstcome/runtime";
import { type Attachment, startWorker, type Worker } from "@firstcome/worker";
import type { IssuerConfig } from "./config.ts";
import { IssueQueue } from "./domain/issue-queue.ts";
import { createHandle } from "./handle-batch.ts";
import { observeIssuing } from "./metrics.ts";
import { retryBackoff } from "./retry-backoff.ts";
import { sleep } from "./sleep.ts";
import { MysqlRowWriter } from "./storage/mysql-row-writer.ts";

export const SERVICE_NAME = "issuer";

/** An insert that takes longer is left to the database: its batches were given back, and a second write is harmless. */
const LAST_INSERT_MS = 1_000;
/** A database that has stopped answering must not keep the process from ending. */
const LAST_LOOK_MS = 1_000;
const CLOSE_DATABASE_MS = 2_000;

export interface Issuer extends RunningService {
  /**
   * Resolves at the first registration with a dispatcher. Without one it runs on and keeps trying; it is ready for work when
   * there is one.
   */
  readonly ready: Promise<{ dispatcher: Attachment }>;
}

interface Options {
  log: Logger;
  /** Aborts the start. */
  signal: AbortSignal;
}

/**
 * Attaches to the dispatchers and writes what they deliver. Disposing stops it in this order: no new work, what is in
 * hand is finished or given back, the last insert, then what they stood on.
 */
export async function startIssuer(config: IssuerConfig, { log, signal }: Options): Promise<Issuer> {
  await using stack = new AsyncDisposableStack();
  stack.use(await startTracing({ serviceName: SERVICE_NAME }));
  const metrics = createMetrics({ name: SERVICE_NAME });
  const database = await openDatabase({ url: config.mysqlUrl, poolSize: config.concurrency + 1, log, signal });
  stack.defer(() => inTime(() => database[Symbol.asyncDispose](), CLOSE_DATABASE_MS, "closing the database", log));
  const ran = await migrate(database);
  if (ran.length > 0) log.info({ steps: ran }, "the schema is migrated");
  const durability = await watchDurability({ check: () => checkDurability(database.pool), log, metrics });
  stack.defer(() => inTime(() => durability.stop(), LAST_LOOK_MS, "the last look at the database's settings", log));

  const { server, client, name, capacity, dispatchers, maxHandlingMs, drainMs } = config;
  let worker: Worker | undefined;
  const queue = new IssueQueue({
    ...config,
    writer: new MysqlRowWriter(database),
    backoff: retryBackoff,
    sleep,
    now: () => systemClock.now(),
    observer: observeIssuing(metrics, log),
    // One batch at a time tells whether the database is back; the others go to issuers that can reach it.
    onOutage: (began) => worker?.setCapacity(began ? { ...capacity, maxBatches: 1 } : capacity),
  });
  stack.defer(() => inTime(() => queue.idle(), LAST_INSERT_MS, "the last insert", log));

  // Has work, and somewhere to put it. Restarting an issuer that lacks either cures neither.
  const health = (): boolean => worker !== undefined && worker.attachments.length > 0 && !queue.outage;
  const { host, metricsPort: port } = server;
  const exposed = stack.use(await exposeMetrics({ host, port, registry: metrics.registry, health }));
  const token = createTokenSource(client.credential, { role: "worker", subject: name });
  worker = stack.use(
    startWorker({
      addresses: dispatchers,
      name,
      capacity,
      handle: createHandle(queue),
      maxHandlingMs,
      drainTimeoutMs: drainMs,
      tls: client.tls,
      token,
      log,
      metrics,
    }),
  );

  const running = stack.move();
  return {
    ready: worker.attached.then((dispatcher) => ({ dispatcher })),
    metricsAddress: exposed.address,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A step of the stop that may fail, or take too long, without keeping the others from being taken. */
async function inTime(work: () => PromiseLike<void>, timeoutMs: number, what: string, log: Logger): Promise<void> {
  try {
    await withTimeout(Promise.resolve(work()), timeoutMs, what);
  } catch (error) {
    log.warn({ err: error }, `the stop went on without ${what}`);
  }
}
