import { hostname } from "node:os";
import {
  addressList,
  type ClientConfig,
  clientEnv,
  durationMs,
  logEnv,
  type LogLevel,
  port,
  readConfig,
  toClientConfig,
  wholeNumber,
  z,
} from "@firstcome/runtime";

export interface IssuerConfig {
  logLevel: LogLevel;
  /** Where metrics are served. */
  host: string;
  metricsPort: number | undefined;
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
  drainMs: number;
}

/** @throws ConfigError with every problem at once */
export function readIssuerConfig(env?: NodeJS.ProcessEnv): IssuerConfig {
  return readConfig(schema, env);
}

const schema = z
  .object({
    ...logEnv,
    ...clientEnv,
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
    ISSUER_MAX_ROWS: wholeNumber({ min: 1, max: 10_000 }).default(1_000),
    ISSUER_CONCURRENCY: wholeNumber({ min: 1, max: 64 }).default(2),
    /**
     * How long a batch waits for others to share its insert. At 2 000 accepts/s in batches of three, 5 ms take a third
     * off the database's work per row and a sixth off this process's.
     */
    ISSUER_LINGER_MS: wholeNumber({ max: 1_000 }).default(5),
    /** In hand at once: what is being inserted, and as much again and more that gathers meanwhile. */
    ISSUER_MAX_BATCHES: wholeNumber({ min: 1, max: 10_000 }).default(1_000),
    ISSUER_MAX_ITEMS: wholeNumber({ min: 1, max: 10_000_000 }).default(8_000),
    /** A batch that the database has not taken for so long is given back: another issuer may reach it. */
    ISSUER_MAX_HOLD_MS: durationMs.default(30_000),
    /** How long a stop lets inserts finish. */
    ISSUER_DRAIN_MS: wholeNumber({ max: 20_000 }).default(15_000),
  })
  .transform((env): IssuerConfig => ({
    logLevel: env.LOG_LEVEL,
    host: env.HOST,
    metricsPort: env.METRICS_PORT,
    mysqlUrl: env.MYSQL_URL,
    dispatchers: env.DISPATCHER_ADDRESSES,
    client: toClientConfig(env),
    name: env.ISSUER_NAME ?? defaultName(),
    capacity: { maxBatches: env.ISSUER_MAX_BATCHES, maxItems: env.ISSUER_MAX_ITEMS },
    maxRows: env.ISSUER_MAX_ROWS,
    concurrency: env.ISSUER_CONCURRENCY,
    lingerMs: env.ISSUER_LINGER_MS,
    maxHoldMs: env.ISSUER_MAX_HOLD_MS,
    drainMs: env.ISSUER_DRAIN_MS,
  }));

function defaultName(): string {
  const host = hostname().replaceAll(/[^A-Za-z0-9._-]/g, "-");
  return `issuer-${host.slice(0, 40)}-${process.pid}`;
}
