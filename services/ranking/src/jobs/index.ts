import { createRedisLease, type Keys, type RedisClient } from "@firstcome/redis";
import { type Logger, type Loop, type Metrics, startLoop } from "@firstcome/runtime";
import type { App } from "../app.ts";
import type { RankingConfig } from "../config.ts";
import { STANDARD_QUERY } from "../domain/popular.ts";

export interface JobsSpec {
  app: Pick<App, "answers" | "watch">;
  config: Pick<RankingConfig, "refreshCron" | "timeZone" | "watch">;
  redis: RedisClient;
  keys: Keys;
  log: Logger;
  metrics: Metrics;
}

const LEASE_TTL_MS = 15_000;

/**
 * What callers have had added up a moment ago need not be added up again: at midnight both want the new day. Less than what an
 * answer outlives the time from one refresh to the next (freshness.ts), so that the next comes before this one is too old.
 */
const LATELY_MS = 30_000;

/** Starts what runs by itself. */
export function startJobs({ app, config, redis, keys, log, metrics }: JobsSpec): Loop[] {
  return [
    // One holder among all processes of the service.
    startLoop({
      name: "refresh-popular",
      cron: config.refreshCron,
      timeZone: config.timeZone,
      lease: createRedisLease({ redis, key: keys.lease("refresh-popular"), ttlMs: LEASE_TTL_MS }),
      runOnce: () => app.answers.refresh(STANDARD_QUERY, LATELY_MS),
      log,
      metrics,
    }),
    // Each process for its own watchers; without any it does nothing.
    startLoop({
      name: "watch-popular",
      intervalMs: config.watch.intervalMs,
      runOnce: () => app.watch.look(),
      log,
      metrics,
    }),
  ];
}
