import type { Logger } from "@firstcome/runtime";
import type { CouponStandings, GateStandings } from "../domain/gate-standing.ts";

export interface RecheckDeps {
  readonly standings: CouponStandings & {
    /** Takes back that a coupon is complete, so that it is looked through again. */
    reopen(couponId: string): Promise<void>;
  };
  readonly gateStandings: GateStandings;
  readonly rows: {
    /** How many rows are committed. */
    count(couponId: string): Promise<number>;
  };
  readonly log: Logger;
}

export interface Recheck {
  /** The ids of the coupons that lack rows. */
  readonly short: readonly string[];
  /** Those that lack none. Not among them: what could not be counted, and what is not in Redis. */
  readonly whole: ReadonlySet<string>;
}

/**
 * Counts the rows of the complete coupons of whose winners Redis still has some: rows that MySQL has lost since, restored in part or
 * mended by hand, can be brought back as long as these are there. Where some are missing the coupon is looked through again like
 * one that is running. One statement for each coupon, 0.3 s for a million rows.
 */
export async function recheckCompleted(deps: RecheckDeps, signal?: AbortSignal): Promise<Recheck> {
  const short: string[] = [];
  const whole = new Set<string>();
  for await (const page of deps.standings.standings()) {
    const complete = page.flatMap(({ id, completed }) => (completed ? { id, rows: completed.rows } : []));
    const { loaded, remains } = await deps.gateStandings.read(complete.map(({ id }) => id));
    for (const { id, rows } of complete) {
      if (signal?.aborted) return { short, whole };
      if (!loaded.has(id) && !remains.has(id)) continue;
      try {
        if ((await deps.rows.count(id)) >= rows) {
          whole.add(id);
          continue;
        }
        await deps.standings.reopen(id);
        short.push(id);
      } catch (error) {
        deps.log.error({ err: error, couponId: id }, "the rows of a complete coupon could not be counted");
      }
    }
  }
  return { short, whole };
}
