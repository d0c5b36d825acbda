import type { Logger } from "@firstcome/runtime";
import type { GateStandings } from "../domain/gate-standing.ts";

export interface ForgetCouponsDeps {
  readonly standings: {
    /** The coupons that were finished and whose every number was settled by then (epoch ms), in pages. */
    completedBy(by: number): AsyncIterable<readonly string[]>;
  };
  readonly gateStandings: GateStandings;
  readonly retiring: {
    /** Takes a coupon with its winners out of the gate. False: somebody is loading it. */
    retire(couponId: string): Promise<boolean>;
  };
  readonly log: Logger;
}

/**
 * Takes coupons that were over long ago out of the gate's memory. Whoever asks for one is answered from its rows. What fails for
 * one coupon is logged and does not keep the others.
 *
 * @param old `by`: epoch ms, those that were complete by then. `whole`: those of which every row was counted just now; no other is
 *   taken out, or winners could leave Redis whose rows are gone
 * @returns the ids of those that were taken out
 */
export async function forgetOldCoupons(
  deps: ForgetCouponsDeps,
  { by, whole }: { by: number; whole: ReadonlySet<string> },
  signal?: AbortSignal,
): Promise<string[]> {
  const forgotten: string[] = [];
  for await (const page of deps.standings.completedBy(by)) {
    const { loaded, remains } = await deps.gateStandings.read(page);
    // What a pass that was cut off has left, too, should nobody ask for it.
    for (const id of [...loaded.keys(), ...remains]) {
      if (signal?.aborted) return forgotten;
      if (!whole.has(id)) continue;
      try {
        if (await deps.retiring.retire(id)) forgotten.push(id);
      } catch (error) {
        deps.log.error({ err: error, couponId: id }, "a coupon could not be taken out of the gate");
      }
    }
  }
  return forgotten;
}
