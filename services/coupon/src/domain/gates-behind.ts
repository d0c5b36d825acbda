import type { Logger } from "@firstcome/runtime";
import type { CouponStanding, CouponStandings, GateStanding, GateStandings } from "./gate-standing.ts";
import type { Rebuilder } from "./when-loaded.ts";

export interface BehindDeps {
  readonly standings: CouponStandings;
  readonly gateStandings: GateStandings;
  readonly loader: Pick<Rebuilder, "rebuildAfterLoss">;
  readonly rows: {
    /** The highest number that is committed; 0 when there is none. */
    highestNo(couponId: string): Promise<number>;
  };
  readonly log: Logger;
  /** Told of each coupon whose gate is rebuilt for that reason. */
  readonly onGateBehind: () => void;
}

/** A coupon that is loaded, and whose gate knows at least as many numbers as there are rows. */
export interface StandingCoupon {
  readonly coupon: CouponStanding;
  readonly gate: GateStanding;
}

/**
 * Goes through all coupons, and rebuilds the gates that know fewer numbers than there are rows: Redis came back with older
 * data, and such a gate would give numbers again that belong to others. Its gate is closed at once and opens when it knows
 * better. What fails for one coupon is logged and does not keep the others from theirs.
 *
 * @returns in pages, the coupons that are loaded and in order
 */
export async function* standingCoupons(deps: BehindDeps, signal?: AbortSignal): AsyncGenerator<StandingCoupon[]> {
  for await (const page of deps.standings.standings()) {
    if (signal?.aborted) return;
    // The rows before the gate: a number that is a row by then is one that the gate had given.
    const highest = await Promise.all(page.map(async ({ id, completedNo }) => completedNo ?? deps.rows.highestNo(id)));
    const { loaded, failure } = await deps.gateStandings.read(page.map(({ id }) => id));
    if (failure !== undefined) deps.log.warn({ err: failure }, "some gates could not be looked at");
    const inOrder: StandingCoupon[] = [];
    for (const [i, coupon] of page.entries()) {
      const gate = loaded.get(coupon.id);
      if (!gate) continue;
      if ((highest[i] ?? 0) <= gate.accepted) inOrder.push({ coupon, gate });
      else if (!signal?.aborted) await rebuild(deps, coupon.id, { rows: highest[i] ?? 0, gate: gate.accepted });
    }
    yield inOrder;
  }
}

/** The same, for its own sake. */
export async function rebuildGatesBehind(deps: BehindDeps, signal?: AbortSignal): Promise<void> {
  const pages = standingCoupons(deps, signal);
  while (!(await pages.next()).done);
}

async function rebuild(
  { loader, log, onGateBehind }: BehindDeps,
  couponId: string,
  numbers: { rows: number; gate: number },
): Promise<void> {
  onGateBehind();
  log.error({ couponId, numbers }, "a gate knows fewer numbers than there are rows: it is closed and rebuilt");
  try {
    const rebuilt = await loader.rebuildAfterLoss(couponId);
    log.warn({ couponId, rebuilt }, "the gate of a coupon is rebuilt");
  } catch (error) {
    log.error({ err: error, couponId }, "the gate of a coupon could not be rebuilt");
  }
}
