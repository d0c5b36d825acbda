import { type RedisConfig, redisEnv, toRedisConfig } from "@firstcome/redis";
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

export interface RankingConfig {
  server: ServerConfig;
  logLevel: LogLevel;
  /** In which the shop's days begin. */
  timeZone: string;
  redis: RedisConfig;
  order: ClientConfig & { address: string };
  /** When the popular products are computed anew: a cron pattern, seconds first. */
  refreshCron: string;
  /** So long callers wait for newer popular products before they are given older ones. */
  patienceMs: number;
  watch: { intervalMs: number; maxWatchers: number };
}

/** @throws ConfigError with every problem at once */
export function readRankingConfig(env?: NodeJS.ProcessEnv): RankingConfig {
  return readConfig(schema, env);
}

const schema = z
  .object({
    ...serverEnv,
    ...clientEnv,
    PORT: port.default(50052),
    ...logEnv,
    ...businessTimeEnv,
    ...redisEnv,
    ORDER_ADDRESS: z.string(),
    POPULAR_REFRESH_CRON: z.string().default("0 */5 * * * *"),
    POPULAR_PATIENCE_MS: durationMs.default(250),
    /** How often one look is taken for all who watch. */
    WATCH_INTERVAL_MS: durationMs.default(1_000),
    WATCH_MAX_WATCHERS: wholeNumber({ min: 1, max: 1_000_000 }).default(50_000),
  })
  .transform((env): RankingConfig => ({
    server: toServerConfig(env),
    logLevel: env.LOG_LEVEL,
    timeZone: env.BUSINESS_TIME_ZONE,
    redis: toRedisConfig(env),
    order: { ...toClientConfig(env), address: env.ORDER_ADDRESS },
    refreshCron: env.POPULAR_REFRESH_CRON,
    patienceMs: env.POPULAR_PATIENCE_MS,
    watch: { intervalMs: env.WATCH_INTERVAL_MS, maxWatchers: env.WATCH_MAX_WATCHERS },
  }));
