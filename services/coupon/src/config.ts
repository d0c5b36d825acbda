import { type RedisConfig, redisEnv, toRedisConfig } from "@firstcome/redis";
import {
  businessTimeEnv,
  durationMs,
  type LogLevel,
  logEnv,
  port,
  readConfig,
  type ServerConfig,
  serverEnv,
  toServerConfig,
  wholeNumber,
  z,
} from "@firstcome/runtime";
import type { UserRate } from "./domain/user-rate.ts";

export interface CouponConfig {
  server: ServerConfig;
  logLevel: LogLevel;
  /** In whose days and minutes the jobs are scheduled. */
  timeZone: string;
  redis: RedisConfig;
  mysql: { url: string; poolSize: number };
  gate: {
    partitions: number;
    waitReplicas: number;
    maxWaiting: number;
    maxBatch: number;
    /** For answers about closed gates; 0: none are remembered. */
    closedMemoryBytes: number;
    /** How long a coupon of which Redis has lost something stays closed before it is loaded again. */
    settleMs: number;
    /** How long a caller waits for a coupon that is being loaded. */
    loadPatienceMs: number;
  };
  /** How long what is over is kept, in ms; undefined: for ever. */
  retention: { gateMs: number | undefined; requestIdsMs: number | undefined };
  watch: { intervalMs: number; maxWatchers: number };
  /** How often one user may ask for coupons; undefined: as often as it likes. */
  issueRate: UserRate | undefined;
}

/** @throws ConfigError with every problem at once */
export function readCouponConfig(env?: NodeJS.ProcessEnv): CouponConfig {
  return readConfig(schema, env);
}

const schema = z
  .object({
    ...serverEnv,
    PORT: port.default(50051),
    ...logEnv,
    ...businessTimeEnv,
    ...redisEnv,
    MYSQL_URL: z.url({ protocol: /^mysql$/, error: "must be mysql://user:password@host:port/schema" }),
    MYSQL_POOL_SIZE: wholeNumber({ min: 1, max: 1_000 }).default(10),
    /** Fixed for the life of the data. */
    GATE_PARTITIONS: wholeNumber({ min: 1, max: 16_384 }).default(16),
    /** Replicas that must have a batch before its callers are answered. */
    GATE_WAIT_REPLICAS: wholeNumber({ max: 10 }).default(0),
    /** Users that may wait for one partition; more are turned away. */
    GATE_MAX_WAITING: wholeNumber({ min: 1, max: 1_000_000 }).default(20_000),
    /** Users decided on by one call of the script. */
    GATE_MAX_BATCH: wholeNumber({ min: 1, max: 10_000 }).default(1_000),
    /** Winners of closed coupons that a process remembers at most, in MiB: some 40 000 in each. 0 turns it off. */
    GATE_CLOSED_MEMORY_MB: wholeNumber({ max: 4_000 }).default(256),
    /**
     * How long a coupon stays closed of which Redis has lost something, before it is loaded from the rows: until what workers
     * had of it is written. Longer than dispatchers take to let go of what they had read (DISPATCH_KEEP_ALIVE_MS).
     */
    GATE_SETTLE_MS: wholeNumber({ max: 300_000 }).default(5_000),
    /**
     * How long a caller waits for a coupon that is being loaded, before it is told to come back. Loads of few winners are done by
     * then; during a longer one, calls that wait would take the room of those for all other coupons.
     */
    GATE_LOAD_PATIENCE_MS: wholeNumber({ min: 1, max: 60_000 }).default(1_000),
    /** Days after which a coupon that is over leaves Redis; its rows answer from then on. 0: never. */
    GATE_RETENTION_DAYS: wholeNumber({ max: 36_500 }).default(30),
    /** Days for which a request id makes a repeated call safe. 0: for ever. */
    REQUEST_ID_RETENTION_DAYS: wholeNumber({ max: 36_500 }).default(30),
    /** How often one look is taken for all who watch their coupon. */
    WATCH_INTERVAL_MS: durationMs.default(200),
    WATCH_MAX_WATCHERS: wholeNumber({ min: 1, max: 1_000_000 }).default(50_000),
    /** Calls of IssueCoupon that one user may make a second, for long; 0: as many as it likes. */
    ISSUE_RATE_PER_USER: z.coerce.number("must be a number").min(0, "must not be negative").max(1_000_000).default(0),
    /** And at once. */
    ISSUE_BURST_PER_USER: wholeNumber({ min: 1, max: 1_000_000 }).default(5),
  })
  .transform((env): CouponConfig => ({
    server: toServerConfig(env),
    logLevel: env.LOG_LEVEL,
    timeZone: env.BUSINESS_TIME_ZONE,
    redis: toRedisConfig(env),
    mysql: { url: env.MYSQL_URL, poolSize: env.MYSQL_POOL_SIZE },
    gate: {
      partitions: env.GATE_PARTITIONS,
      waitReplicas: env.GATE_WAIT_REPLICAS,
      maxWaiting: env.GATE_MAX_WAITING,
      maxBatch: env.GATE_MAX_BATCH,
      closedMemoryBytes: env.GATE_CLOSED_MEMORY_MB * 1_048_576,
      settleMs: env.GATE_SETTLE_MS,
      loadPatienceMs: env.GATE_LOAD_PATIENCE_MS,
    },
    retention: {
      gateMs: daysMs(env.GATE_RETENTION_DAYS),
      requestIdsMs: daysMs(env.REQUEST_ID_RETENTION_DAYS),
    },
    watch: { intervalMs: env.WATCH_INTERVAL_MS, maxWatchers: env.WATCH_MAX_WATCHERS },
    issueRate:
      env.ISSUE_RATE_PER_USER === 0
        ? undefined
        : { perSecond: env.ISSUE_RATE_PER_USER, burst: env.ISSUE_BURST_PER_USER },
  }));

/** Undefined for none. */
function daysMs(days: number): number | undefined {
  return days === 0 ? undefined : days * 86_400_000;
}
