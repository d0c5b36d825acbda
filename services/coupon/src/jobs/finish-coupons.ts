import type { Logger } from "@firstcome/runtime";
import { type ChangeDeps, changeCoupon } from "../domain/change-coupon.ts";
import { type Coupon, windowIsOver } from "../domain/coupon.ts";
import type { ProgressDeps } from "../domain/coupon-progress.ts";
import { finishWhenDone, type Progress } from "../domain/coupon-rules.ts";
import type { GateClock } from "../domain/gate-clock.ts";
import { countGivenUp, type SettledDeps } from "../domain/settled-numbers.ts";
import { type Loader, onceLoaded } from "../domain/when-loaded.ts";

export interface FinishDeps extends ChangeDeps, SettledDeps {
  readonly coupons: ChangeDeps["coupons"] & ProgressDeps["coupons"] & { unfinished(): AsyncIterable<Coupon> };
  readonly gateState: ChangeDeps["gateState"] & ProgressDeps["gateState"] & GateClock;
  readonly loader: Loader;
  readonly rows: SettledDeps["rows"] & {
    /** The highest number that is committed; 0 when there is none. Costs little. */
    highestNo(couponId: string): Promise<number>;
  };
  readonly log: Logger;
  /** Told of rows beyond a coupon's quantity, which must never be. */
  readonly onOverIssued: (rows: number) => void;
}

/**
 * Finishes the coupons that are sold out and written, and those whose window is over and whose every number is written.
 * Whether it is over the gate's clock says, by which users are let in: a coupon that is finished stays so, and a machine whose
 * clock is ahead would end a sale early. What fails for one coupon is logged and does not keep the others from theirs.
 *
 * @returns the ids of those that are finished now
 */
export async function finishCoupons(deps: FinishDeps, signal?: AbortSignal): Promise<string[]> {
  const finished: string[] = [];
  for await (const coupon of deps.coupons.unfinished()) {
    if (signal?.aborted) break;
    try {
      if (await finishOne(deps, coupon)) finished.push(coupon.id);
    } catch (error) {
      deps.log.error({ err: error, couponId: coupon.id }, "a coupon could not be finished");
    }
  }
  return finished;
}

async function finishOne(deps: FinishDeps, coupon: Coupon): Promise<boolean> {
  const now = await deps.gateState.now(coupon.id);
  const progress = await progressOf(deps, coupon, now);
  if (!progress) return false;
  if (progress.issued > coupon.quantity) await reportOverIssued(deps, coupon.id, progress.issued);
  const change = await changeCoupon(deps, coupon.id, finishWhenDone(progress), now);
  return change.kind === "DONE" && change.coupon.state === "FINISHED";
}

/** Undefined: it is plain without counting that the coupon is not done. */
async function progressOf(deps: FinishDeps, coupon: Coupon, now: number): Promise<Progress | undefined> {
  const over = windowIsOver(coupon, now);
  const read = () => deps.gateState.read(coupon.id);
  const gate = over ? await onceLoaded(deps.loader, coupon.id, read) : await read();
  if (gate === "UNKNOWN_COUPON" || gate === "COMPLETE") return undefined;
  const accepted = gate === "NOT_LOADED" ? undefined : gate.accepted;
  const given = Math.max(accepted ?? 0, await deps.rows.highestNo(coupon.id));
  if (!over && given < coupon.quantity) return undefined;
  // After the gate: whatever it had given by then and is written is counted.
  const issued = await deps.rows.count(coupon.id);
  return { accepted, issued, givenUp: issued < given ? await countGivenUp(deps, coupon.id) : 0 };
}

async function reportOverIssued(
  { coupons, log, onOverIssued }: FinishDeps,
  couponId: string,
  rows: number,
): Promise<void> {
  // Asked for after the rows were counted: stock that was added meanwhile is no alarm.
  const { quantity } = (await coupons.find(couponId)) ?? { quantity: 0 };
  if (rows <= quantity) return;
  log.error({ couponId, quantity, rows }, "a coupon has more rows than pieces");
  onOverIssued(rows - quantity);
}
