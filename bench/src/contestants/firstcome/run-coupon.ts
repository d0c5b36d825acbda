import { IssueOutcome } from "@firstcome/contracts/coupon";
import type { Generator } from "../../load/generator.ts";
import type { LoadOrder } from "../../load/orders.ts";
import { perCoupon } from "../../measure/cpu-cost.ts";
import type { CpuCost, Faults, Percentiles } from "../../result.ts";
import { measureLoad, type MeasuredLoad } from "../measured-load.ts";
import { untilCommitted } from "./committed.ts";
import type { Firstcome } from "./firstcome.ts";
import { holdPromises, numbersTold } from "./hold-promises.ts";
import { LagProbe } from "./lag-probe.ts";

/** One coupon, from its opening until its last row is committed, and what came of it. */
export interface CouponRun extends MeasuredLoad {
  readonly accepted: number;
  readonly rows: number;
  readonly acceptedPerSecond: number;
  readonly committedPerSecond: number;
  readonly cpuUsPerCoupon: CpuCost;
  /** Absent when it was not watched for, or no sampled row was seen. */
  readonly issuedLagMs: Percentiles | undefined;
  readonly faults: Faults;
  readonly violations: readonly string[];
}

const LAG_SAMPLES = 2_000;

/**
 * Lets users have a new coupon, one for each of them, and holds it against its promises.
 *
 * @param watchLag looks at the rows as they come. That is work for the database, up to a hundred queries a second, so not where the
 *   cost of a coupon is held against that of peers, at which nobody looks
 */
export async function runCoupon(
  firstcome: Firstcome,
  generator: Generator,
  order: Omit<LoadOrder, "address" | "couponId">,
  { watchLag = false } = {},
): Promise<CouponRun> {
  const { users, first } = order;
  const couponId = await firstcome.openCoupon(users);
  const step = Math.max(1, Math.floor(users / LAG_SAMPLES));
  await using probe = watchLag ? new LagProbe(firstcome.database, { couponId, users, step }) : undefined;
  const load = await measureLoad(firstcome, generator, { ...order, couponId }, ({ outcomes }) =>
    untilCommitted(firstcome.database, couponId, outcomes[IssueOutcome.ACCEPTED] ?? 0),
  );
  const { done, cpu, seconds } = load;
  const accepted = done.outcomes[IssueOutcome.ACCEPTED] ?? 0;
  const held = await holdPromises(firstcome, { couponId, quantity: users, told: numbersTold(first, done) });
  return {
    ...load,
    accepted,
    ...held,
    acceptedPerSecond: accepted / (done.ms / 1_000),
    committedPerSecond: held.rows / seconds,
    cpuUsPerCoupon: perCoupon(cpu, accepted),
    issuedLagMs: probe && probe.lags.count > 0 ? probe.lags.percentiles() : undefined,
  };
}
