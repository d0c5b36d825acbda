import { createRedisLease, type Keys, type RedisClient } from "@firstcome/redis";
import { type LeasePort, type Logger, type Metrics, startLoop } from "@firstcome/runtime";
import type { App } from "../app.ts";
import type { CouponConfig } from "../config.ts";
import { expireUserCoupons } from "./expire-user-coupons.ts";
import { closeGatesBehind, loadAnew } from "../domain/gates-behind.ts";
import { finishCoupons } from "./finish-coupons.ts";
import { forgetOldCoupons } from "./forget-old-coupons.ts";
import { measureHandoff } from "./measure-handoff.ts";
import { recheckCompleted } from "./recheck-completed.ts";
import { Reconciler } from "./reconcile-coupons.ts";
import { syncCoupons, syncOlderTerms } from "./sync-coupons.ts";
import { type RedisWatch, whenRedisReturns } from "./when-redis-returns.ts";

export interface JobsSpec {
  app: App;
  redis: RedisClient;
  keys: Keys;
  timeZone: string;
  retention: CouponConfig["retention"];
  gate: Pick<CouponConfig["gate"], "settleMs">;
  log: Logger;
  metrics: Metrics;
}

const LEASE_TTL_MS = 15_000;
/** As often as Prometheus looks. */
const MEASURE_EVERY_MS = 5_000;

/** Starts the jobs. Each that is scheduled has one holder among all processes of the service; all of them measure. */
export function startJobs(spec: JobsSpec): AsyncDisposable[] {
  const { app, timeZone, retention, log, metrics } = spec;
  const common = (name: string) => ({ name, timeZone, log, metrics, lease: leaseOf(spec, name) });
  const reconciler = new Reconciler(app);
  return [
    startLoop({
      ...common("finish-coupons"),
      cron: "30 */5 * * * *",
      runOnce: async (signal) => {
        const finished = await finishCoupons(app, signal);
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
    startLoop({
      ...common("reconcile-coupons"),
      cron: "45 * * * * *",
      runOnce: (signal) => reconciler.runOnce(app.clock.now(), signal),
    }),
    startLoop({
      ...common("forget-old"),
      cron: "0 7 * * * *",
      runOnce: (signal) => forgetOld(app, retention, signal),
    }),
    startLoop({
      name: "measure-handoff",
      intervalMs: MEASURE_EVERY_MS,
      log,
      metrics,
      runOnce: () => measureHandoff(app),
    }),
  ];
}

/** Starts what follows a Redis that comes back, which has one holder too. */
export function watchRedis(spec: JobsSpec): RedisWatch {
  const { app, redis, log, gate } = spec;
  return whenRedisReturns({
    redis,
    log,
    lease: leaseOf(spec, "redis-returned"),
    closeBehind: (signal) => closeGatesBehind(app, signal),
    load: (couponIds, signal) => loadAnew(app, couponIds, signal),
    tellTerms: (signal) => syncOlderTerms(app, signal),
    settleMs: gate.settleMs,
  });
}

function leaseOf({ redis, keys }: JobsSpec, name: string): LeasePort {
  return createRedisLease({ redis, key: keys.lease(name), ttlMs: LEASE_TTL_MS });
}

async function forgetOld(
  app: App,
  { gateMs, requestIdsMs }: JobsSpec["retention"],
  signal: AbortSignal,
): Promise<void> {
  const now = app.clock.now();
  // First, so that no winner leaves Redis whose row is gone.
  const { short, whole } = await recheckCompleted(app, signal);
  if (short.length > 0)
    app.log.error({ couponIds: short }, "complete coupons have lost rows: they are looked through again");
  if (gateMs !== undefined) {
    const couponIds = await forgetOldCoupons(app, { by: now - gateMs, whole }, signal);
    if (couponIds.length > 0) app.log.info({ couponIds }, "coupons that were over long ago have left Redis");
  }
  if (requestIdsMs !== undefined) {
    const forgotten = await app.forgetRequestIds(now - requestIdsMs, signal);
    if (forgotten > 0) app.log.info({ forgotten }, "old request ids are forgotten");
  }
}
