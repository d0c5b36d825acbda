import {
  businessTimeEnv,
  type ClientConfig,
  clientEnv,
  durationMs,
  type LogLevel,
  logEnv,
  port,
  readConfig,
  type ServerConfig,
  serverEnv,
  toClientConfig,
  toServerConfig,
  wholeNumber,
  z,
} from "@firstcome/runtime";

export interface OrderConfig {
  server: ServerConfig;
  client: ClientConfig;
  logLevel: LogLevel;
  /** In whose days sales are counted. */
  timeZone: string;
  mysql: { url: string; poolSize: number };
  couponAddress: string;
  rankingAddress: string;
  /** How long an order may be paid, and how often those that were not are looked for, in ms. */
  payment: { ttlMs: number; expireIntervalMs: number };
  /** How long a call of the coupon or ranking service may take, in ms. */
  callTimeoutMs: number;
  outbox: { pollMs: number; claimMs: number };
}

/** @throws ConfigError with every problem at once */
export function readOrderConfig(env?: NodeJS.ProcessEnv): OrderConfig {
  return readConfig(schema, env);
}

/** What a claim has beyond the calls made under it, in ms: for the statements before and after them. */
const CLAIM_MARGIN_MS = 3_000;

const schema = z
  .object({
    ...serverEnv,
    ...clientEnv,
    PORT: port.default(50053),
    ...logEnv,
    ...businessTimeEnv,
    MYSQL_URL: z.url({ protocol: /^mysql$/, error: "must be mysql://user:password@host:port/schema" }),
    /** Payments with a coupon take at most half of them. */
    MYSQL_POOL_SIZE: wholeNumber({ min: 2, max: 1_000 }).default(10),
    COUPON_ADDRESS: z.string(),
    RANKING_ADDRESS: z.string(),
    ORDER_PAYMENT_TTL_MS: durationMs.default(30 * 60_000),
    ORDER_EXPIRE_INTERVAL_MS: wholeNumber({ min: 1, max: 3_600_000 }).default(30_000),
    /** A payment holds its order, and a connection to the database, for as long as the coupon service takes. */
    CALL_TIMEOUT_MS: wholeNumber({ min: 1, max: 10_000 }).default(2_000),
    /** Messages written by another process are found after so long, at the latest. */
    OUTBOX_POLL_MS: wholeNumber({ min: 1, max: 60_000 }).default(500),
    /** Messages in the hands of a process that died are delivered again after so long. */
    OUTBOX_CLAIM_MS: wholeNumber({ min: 1, max: 3_600_000 }).default(15_000),
  })
  .superRefine((env, ctx) => {
    if (env.OUTBOX_CLAIM_MS >= env.CALL_TIMEOUT_MS + CLAIM_MARGIN_MS) return;
    const message = `must be ${CLAIM_MARGIN_MS} more than CALL_TIMEOUT_MS at least, or what one process still delivers is delivered by others too`;
    ctx.addIssue({ code: "custom", path: ["OUTBOX_CLAIM_MS"], message });
  })
  .transform((env): OrderConfig => ({
    server: toServerConfig(env),
    client: toClientConfig(env),
    logLevel: env.LOG_LEVEL,
    timeZone: env.BUSINESS_TIME_ZONE,
    mysql: { url: env.MYSQL_URL, poolSize: env.MYSQL_POOL_SIZE },
    couponAddress: env.COUPON_ADDRESS,
    rankingAddress: env.RANKING_ADDRESS,
    payment: { ttlMs: env.ORDER_PAYMENT_TTL_MS, expireIntervalMs: env.ORDER_EXPIRE_INTERVAL_MS },
    callTimeoutMs: env.CALL_TIMEOUT_MS,
    outbox: { pollMs: env.OUTBOX_POLL_MS, claimMs: env.OUTBOX_CLAIM_MS },
  }));
