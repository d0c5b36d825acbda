import { wholeNumber, z } from "@firstcome/runtime";
import { DEFAULT_TIMEOUT_MS } from "./connect.ts";
import { isRedisUrl, REDIS_URL_FORMS } from "./redis-url.ts";

/**
 * The variables of every process that has a Redis. Spread it into a service's schema; {@link toRedisConfig} turns the result
 * into what the service needs.
 */
export const redisEnv = {
  REDIS_URL: z.string().refine(isRedisUrl, REDIS_URL_FORMS),
  /** Before every key, for several installations on one Redis. */
  REDIS_KEY_PREFIX: z.string().default(""),
  /** How long a command may take before it fails. Callers are told UNAVAILABLE then, and what was asked may have been done. */
  REDIS_TIMEOUT_MS: wholeNumber({ min: 100, max: 60_000 }).default(DEFAULT_TIMEOUT_MS),
};

export interface RedisConfig {
  url: string;
  keyPrefix: string;
  /** For `commandTimeoutMs` of `connectRedis`. */
  timeoutMs: number;
}

type RedisEnv = z.output<z.ZodObject<typeof redisEnv>>;

export function toRedisConfig(env: RedisEnv): RedisConfig {
  return { url: env.REDIS_URL, keyPrefix: env.REDIS_KEY_PREFIX, timeoutMs: env.REDIS_TIMEOUT_MS };
}
