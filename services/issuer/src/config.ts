import { hostname } from "node:os";
import {
  addressList,
  type ClientConfig,
  clientEnv,
  logEnv,
  type LogLevel,
  nameOfProcess,
  port,
  readConfig,
  type ServerConfig,
  toClientConfig,
  wholeNumber,
  workersEnv,
  z,
} from "@firstcome/runtime";

export interface IssuerConfig {
  logLevel: LogLevel;
  /** It serves nothing but metrics. */
  server: Pick<ServerConfig, "host" | "metricsPort" | "stopTimeoutMs" | "workers">;
  mysqlUrl: string;
  dispatchers: readonly string[];
  client: ClientConfig;
  /** What dispatchers and operators see. */
  name: string;
  capacity: { maxBatches: number; maxItems: number };
  /** Rows of one insert. */
  maxRows: number;
  /** Inserts at once. */
  concurrency: number;
  lingerMs: number;
  maxHoldMs: number;
  /** A batch still in hand after this long has failed. */
  maxHandlingMs: number;
  drainMs: number;
}

/** @throws ConfigError with every problem at once */
export function readIssuerConfig(env?: NodeJS.ProcessEnv): IssuerConfig {
  return readConfig(schema, env);
}

/** More than the longest ISSUER_DRAIN_MS and what comes after it. */
const STOP_TIMEOUT_MS = 30_000;

/** Many times what an insert takes: batches that are given back before their insert has answered are written and never acknowledged. */
const SHORTEST_HOLD_MS = 1_000;
/**
 * What is given back does not count as a failure, what takes too long does, and after some of those coupons are dead letters: a
 * database that is away must not be the cause. The queue gives a batch back at most a tenth of the hold late, or when a process
 * that stood still goes on.
 */
const STALL_MS = 60_000;

const schema = z
  .object({
    ...logEnv,
    ...clientEnv,
    ...workersEnv,
    HOST: z.string().default("127.0.0.1"),
    /** Unset: no metrics server. 0: any free port. */
    METRICS_PORT: port.optional(),
    MYSQL_URL: z.url({ protocol: /^mysql$/, error: "must be mysql://user:password@host:port/schema" }),
    DISPATCHER_ADDRESSES: addressList,
    /** The machine and the process, unless set. */
    ISSUER_NAME: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,64}$/, "must be 1–64 of A-Z a-z 0-9 . _ : -")
      .optional(),
    /** A row costs MySQL a quarter less in one insert of 4 000 at a time than in two of 1 000 (see docs/performance.md). */
    ISSUER_MAX_ROWS: wholeNumber({ min: 1, max: 10_000 }).default(4_000),
    ISSUER_CONCURRENCY: wholeNumber({ min: 1, max: 64 }).default(1),
    /**
     * How long a batch waits for others to share its insert, beyond those of its delivery. The dispatcher's pause between
     * reads does the gathering; this helps only where many dispatchers deliver to one issuer.
     */
    ISSUER_LINGER_MS: wholeNumber({ max: 1_000 }).default(0),
    /** In hand at once: what is being inserted, and as much again that gathers meanwhile. */
    ISSUER_MAX_BATCHES: wholeNumber({ min: 1, max: 10_000 }).default(1_000),
    ISSUER_MAX_ITEMS: wholeNumber({ min: 1, max: 10_000_000 }).default(8_000),
    /** A batch that the database has not taken for so long is given back: another issuer may reach it. */
    ISSUER_MAX_HOLD_MS: wholeNumber({ min: SHORTEST_HOLD_MS, max: 2 ** 31 - 1 }).default(30_000),
    /** How long a stop lets inserts finish. */
    ISSUER_DRAIN_MS: wholeNumber({ max: 20_000 }).default(15_000),
  })
  .transform((env): IssuerConfig => ({
    logLevel: env.LOG_LEVEL,
    server: {
      host: env.HOST,
      metricsPort: env.METRICS_PORT,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      workers: env.WORKERS,
    },
    mysqlUrl: env.MYSQL_URL,
    dispatchers: env.DISPATCHER_ADDRESSES,
    client: toClientConfig(env),
    name: env.ISSUER_NAME === undefined ? defaultName() : nameOfProcess(env.ISSUER_NAME, env.WORKER_NUMBER),
    capacity: { maxBatches: env.ISSUER_MAX_BATCHES, maxItems: env.ISSUER_MAX_ITEMS },
    maxRows: env.ISSUER_MAX_ROWS,
    concurrency: env.ISSUER_CONCURRENCY,
    lingerMs: env.ISSUER_LINGER_MS,
    maxHoldMs: env.ISSUER_MAX_HOLD_MS,
    maxHandlingMs: 2 * env.ISSUER_MAX_HOLD_MS + STALL_MS,
    drainMs: env.ISSUER_DRAIN_MS,
  }));

function defaultName(): string {
  const host = hostname().replaceAll(/[^A-Za-z0-9._-]/g, "-");
  return `issuer-${host.slice(0, 40)}-${process.pid}`;
}
