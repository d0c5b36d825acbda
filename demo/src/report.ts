import { openDatabase } from "@firstcome/database";
import { brokenPromises, checkPromises } from "@firstcome/promise-check";
import type { Violations } from "@firstcome/promise-check";
import { connectRedis, CouponState, createKeys } from "@firstcome/redis";
import { createLogger } from "@firstcome/runtime";
import { percentiles } from "./percentiles.ts";
import type { Percentiles } from "./percentiles.ts";
import type { RushResult } from "./rush.ts";
import type { Shop } from "./shop.ts";

/** What the run did, and whether the promises held. */
export interface Report extends Violations {
  readonly stock: number;
  readonly users: number;
  readonly accepted: number;
  readonly alreadyIssued: number;
  readonly soldOut: number;
  readonly failed: number;
  readonly rows: number;
  readonly acceptRatePerS: number;
  readonly commitRatePerS: number;
  /** How long callers waited for their answer. */
  readonly acceptMs: Percentiles;
  /** From acceptance to the committed row. */
  readonly issuedLagMs: Percentiles;
  /** What was broken, in words. Empty: every promise held. */
  readonly broken: readonly string[];
}

/** Holds the run against what MySQL and Redis hold, each asked directly, not through the services. */
export async function makeReport(
  shop: Shop,
  run: { couponId: string; stock: number; users: number; result: RushResult },
): Promise<Report> {
  const { couponId, stock, users, result } = run;
  await using database = await openDatabase({
    url: shop.mysqlUrl,
    poolSize: 1,
    log: createLogger({ name: "demo", level: "error" }),
  });
  const redis = await connectRedis({ url: shop.redisUrl, name: "demo" });
  try {
    const keys = createKeys({ prefix: process.env["REDIS_KEY_PREFIX"] ?? "", partitions: partitions() });
    const state = new CouponState({ redis, keys });
    const { issuedLagMs, committingMs, rows, ...violations } = await checkPromises({
      pool: database.pool,
      state,
      couponId,
      quantity: stock,
      told: result.told,
    });
    const broken = brokenPromises(violations);
    if (result.failed > 0) broken.push(`failed: ${result.failed} (${result.failures.join("; ")})`);
    if (rows !== result.told.length) broken.push(`rows: ${rows}, told: ${result.told.length}`);
    if (result.accepted !== Math.min(stock, users) && result.failed === 0 && result.alreadyIssued === 0) {
      broken.push(`accepted: ${result.accepted} of ${Math.min(stock, users)}`);
    }
    const { accepted, alreadyIssued, soldOut, failed } = result;
    return {
      stock,
      users,
      accepted,
      alreadyIssued,
      soldOut,
      failed,
      rows,
      ...violations,
      acceptRatePerS: perSecond(result.told.length, result.acceptingMs),
      commitRatePerS: perSecond(rows, committingMs),
      acceptMs: percentiles(result.answerMs),
      issuedLagMs: percentiles(issuedLagMs),
      broken,
    };
  } finally {
    redis.disconnect();
  }
}

function partitions(): number {
  return Number(process.env["GATE_PARTITIONS"] ?? 16);
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? Math.round((count / ms) * 1_000) : 0;
}
