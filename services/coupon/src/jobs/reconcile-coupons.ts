import { type BehindDeps, type StandingCoupon, standingCoupons } from "../domain/gates-behind.ts";
import { NumberRecovery, type RecoverDeps } from "../domain/recover-numbers.ts";

export interface ReconcileDeps extends BehindDeps, RecoverDeps {
  readonly rows: BehindDeps["rows"] & RecoverDeps["rows"];
  readonly standings: BehindDeps["standings"] & {
    /** Notes that a finished coupon's every number, up to `no`, is settled. `at`: epoch ms. */
    complete(couponId: string, no: number, at: number): Promise<void>;
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
    for await (const page of standingCoupons(this.#deps, signal)) {
      for (const standing of page) {
        if (signal?.aborted) return;
        const { id, completedNo } = standing.coupon;
        if (completedNo !== undefined) continue;
        met.add(id);
        try {
          await this.#reconcile(standing, now);
        } catch (error) {
          this.#deps.log.error({ err: error, couponId: id }, "a coupon could not be reconciled");
        }
      }
    }
    for (const id of this.#coupons.keys()) if (!met.has(id)) this.#coupons.delete(id);
  }

  async #reconcile({ coupon, gate }: StandingCoupon, now: number): Promise<void> {
    const known = this.#coupons.get(coupon.id) ?? { accepted: 0, recovery: new NumberRecovery(this.#deps, coupon.id) };
    const givenBefore = known.accepted;
    this.#coupons.set(coupon.id, known);
    known.accepted = gate.accepted;
    const recovery = await known.recovery.run(gate, givenBefore);
    // The gate gives no more numbers, and all that it gave were looked at.
    const isLastWord = coupon.finished && gate.finished && givenBefore === gate.accepted;
    if (isLastWord && recovery === "SETTLED") await this.#deps.standings.complete(coupon.id, gate.accepted, now);
  }
}

interface Known {
  /** Numbers given by the last pass. */
  accepted: number;
  readonly recovery: NumberRecovery;
}
