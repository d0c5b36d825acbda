import { createRedisLease, type Keys, type RedisClient } from "@firstcome/redis";
import { type Logger, type Loop, type Metrics, startLoop } from "@firstcome/runtime";
import type { App } from "../app.ts";
import { expireUserCoupons } from "./expire-user-coupons.ts";
import { finishCoupons } from "./finish-coupons.ts";
import { syncCoupons } from "./sync-coupons.ts";

export interface JobsSpec {
  app: App;
  redis: RedisClient;
  keys: Keys;
  timeZone: string;
  log: Logger;
  metrics: Metrics;
}

const LEASE_TTL_MS = 15_000;

/** Starts the scheduled jobs. Each has one holder among all processes of the service. */
export function startJobs({ app, redis, keys, timeZone, log, metrics }: JobsSpec): Loop[] {
  const common = (name: string) => ({
    name,
    timeZone,
    log,
    metrics,
    lease: createRedisLease({ redis, key: keys.lease(name), ttlMs: LEASE_TTL_MS }),
  });
  return [
    startLoop({
      ...common("finish-coupons"),
      cron: "30 */5 * * * *",
      runOnce: async (signal) => {
        const finished = await finishCoupons(app, app.clock.now(), signal);
        if (finished.length > 0) log.info({ couponIds: finished }, "coupons are finished");
      },
    }),
    startLoop({
      ...common("expire-user-coupons"),
      cron: "15 * * * * *",
      runOnce: async (signal) => {
        const expired = await expireUserCoupons(app, app.clock.now(), signal);
        if (expired > 0) log.info({ expired }, "users' coupons have expired");
      },
    }),
    startLoop({
      ...common("sync-coupons"),
      cron: "0 * * * * *",
      runOnce: (signal) => syncCoupons(app, signal),
    }),
  ];
}
