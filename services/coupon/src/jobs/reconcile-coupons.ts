import { type BehindDeps, loadAnew, lookAtGates, type StandingCoupon } from "../domain/gates-behind.ts";
import type { Completion } from "../domain/coupon.ts";
import { completionOf, type SettledDeps } from "../domain/settled-numbers.ts";
import { NumberRecovery, type RecoverDeps } from "../domain/recover-numbers.ts";

export interface ReconcileDeps extends BehindDeps, RecoverDeps, SettledDeps {
  readonly rows: BehindDeps["rows"] & RecoverDeps["rows"] & SettledDeps["rows"];
  readonly handoffRecords: RecoverDeps["handoffRecords"] & SettledDeps["handoffRecords"];
  readonly standings: BehindDeps["standings"] & {
    /** Notes that a finished coupon is complete. `at`: epoch ms. */
    complete(couponId: string, completion: Completion, at: number): Promise<void>;
  };
}

/**
 * Holds what the gates have given against what is written. A number that the pass before this one had seen as given, and that
 * is neither a row nor on its way, is handed off again; a gate that knows less than the rows is rebuilt. Finished coupons of
 * which nothing is open any more are noted, and not looked through again.
 *
 * What it keeps in mind between passes may be lost at any time: the next holder of the job begins anew.
 */
export class Reconciler {
  readonly #deps: ReconcileDeps;
  readonly #coupons = new Map<string, Known>();

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
  }

  /** One pass. What fails for one coupon is logged and does not keep the others from theirs. */
  async runOnce(now: number, signal?: AbortSignal): Promise<void> {
    const met = new Set<string>();
    const closed: string[] = [];
    for await (const { inOrder, behind } of lookAtGates(this.#deps, signal)) {
      closed.push(...behind);
      for (const standing of inOrder) {
        if (signal?.aborted) return;
        const { id, completed } = standing.coupon;
        if (completed) continue;
        met.add(id);
        try {
          await this.#reconcile(standing, now);
        } catch (error) {
          this.#deps.log.error({ err: error, couponId: id }, "a coupon could not be reconciled");
        }
      }
    }
    await loadAnew(this.#deps, closed, signal);
    for (const id of this.#coupons.keys()) if (!met.has(id)) this.#coupons.delete(id);
  }

  async #reconcile({ coupon, gate }: StandingCoupon, now: number): Promise<void> {
    const known = this.#coupons.get(coupon.id) ?? { accepted: 0, recovery: new NumberRecovery(this.#deps, coupon.id) };
    const givenBefore = known.accepted;
    this.#coupons.set(coupon.id, known);
    known.accepted = gate.accepted;
    // What a gate that was rebuilt knows nothing of is not lost: it will be given anew.
    const recovery = await known.recovery.run(gate, Math.min(givenBefore, gate.accepted));
    // The gate gives no more numbers, and all that it gave were looked at.
    const isLastWord = coupon.finished && gate.finished && givenBefore === gate.accepted;
    if (!isLastWord || recovery !== "SETTLED") return;
    // The recovery goes by what it has seen written in the last hour. This is for good, so it is counted once more.
    const completion = await completionOf(this.#deps, coupon.id, gate.accepted);
    if (completion) await this.#deps.standings.complete(coupon.id, completion, now);
  }
}

interface Known {
  /** Numbers given by the last pass. */
  accepted: number;
  readonly recovery: NumberRecovery;
}
