import type { CouponStanding, CouponStandings, GateStanding, GateStandings } from "./gate-standing.ts";
import type { Log } from "./log.ts";
import type { GateCloser, Loader } from "./when-loaded.ts";

export interface BehindDeps {
  readonly standings: CouponStandings;
  readonly gateStandings: GateStandings;
  readonly loader: GateCloser & Pick<Loader, "load">;
  readonly rows: {
    /** The highest number that is committed; 0 when there is none. */
    highestNo(couponId: string): Promise<number>;
    /** The same of many at once; those without any are left out. */
    highestNos(couponIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  };
  readonly log: Log;
  /** Told of each coupon whose gate is closed for that reason. */
  readonly onGateBehind: () => void;
}

/** Some coupons, as far as they are loaded. */
export interface GatesLook {
  /** Their gates know at least as many numbers as there are rows. */
  readonly inOrder: readonly StandingCoupon[];
  /** Ids of those whose gates did not, and are closed now. */
  readonly behind: readonly string[];
  /** False: some could not be looked at, or closed. */
  readonly whole: boolean;
}

export interface ClosedBehind {
  /** Ids of the coupons whose gates are closed now. */
  readonly closed: readonly string[];
  /** False: some gates could not be looked at, or closed. */
  readonly whole: boolean;
}

export interface StandingCoupon {
  readonly coupon: CouponStanding;
  readonly gate: GateStanding;
}

/**
 * Closes the gates that know fewer numbers than there are rows: Redis came back with older data, and such a gate would give
 * numbers again that belong to others. They are to be loaded anew, which takes its time; so all are closed before.
 */
export async function closeGatesBehind(deps: BehindDeps, signal?: AbortSignal): Promise<ClosedBehind> {
  const looks = await Array.fromAsync(lookAtGates(deps, signal));
  const whole = !signal?.aborted && looks.every((look) => look.whole);
  return { closed: looks.flatMap(({ behind }) => behind), whole };
}

/**
 * Goes through all coupons, in pages, and closes the gates that are behind. What fails for one coupon is logged and does not keep
 * the others from theirs.
 */
export async function* lookAtGates(deps: BehindDeps, signal?: AbortSignal): AsyncGenerator<GatesLook> {
  for await (const page of deps.standings.standings()) {
    if (signal?.aborted) return;
    // The rows before the gate: a number that is a row by then is one that the gate had given.
    const highest = await deps.rows.highestNos(page.filter(({ completed }) => !completed).map(({ id }) => id));
    const { loaded, failure } = await deps.gateStandings.read(page.map(({ id }) => id));
    if (failure !== undefined) deps.log.warn({ err: failure }, "some gates could not be looked at");
    const inOrder: StandingCoupon[] = [];
    const behind: string[] = [];
    let whole = failure === undefined;
    for (const coupon of page) {
      const gate = loaded.get(coupon.id);
      if (!gate) continue;
      if ((coupon.completed?.no ?? highest.get(coupon.id) ?? 0) <= gate.accepted) {
        inOrder.push({ coupon, gate });
        continue;
      }
      const result = await closeIfBehind(deps, coupon.id, gate);
      if (result === "CLOSED") behind.push(coupon.id);
      if (result === "FAILED") whole = false;
    }
    yield { inOrder, behind, whole };
  }
}

/**
 * Loads coupons that were closed. One for which that fails is loaded when somebody asks for it; so it need not be waited for when
 * `signal` says to stop.
 */
export async function loadAnew(
  { loader, log }: Pick<BehindDeps, "loader" | "log">,
  couponIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const onAbort = (): void => stop();
  signal?.addEventListener("abort", onAbort, { once: true });
  for (const couponId of couponIds) {
    if (signal?.aborted) return;
    try {
      const loaded = await Promise.race([loader.load(couponId), stopped]);
      if (loaded === "LOADED" && !signal?.aborted) log.warn({ couponId }, "the gate of a coupon is rebuilt");
    } catch (error) {
      log.error({ err: error, couponId }, "the gate of a coupon could not be rebuilt");
    }
  }
  signal?.removeEventListener("abort", onAbort);
}

async function closeIfBehind(
  deps: BehindDeps,
  couponId: string,
  { accepted }: GateStanding,
): Promise<"CLOSED" | "LEFT" | "FAILED"> {
  try {
    // Of a complete coupon the numbers that it gave were compared. Those at the end may have been given up: no rows.
    const rows = await deps.rows.highestNo(couponId);
    if (rows <= accepted || !(await deps.loader.closeAfterLoss(couponId))) return "LEFT";
    deps.onGateBehind();
    deps.log.error({ couponId, numbers: { rows, gate: accepted } }, BEHIND);
    return "CLOSED";
  } catch (error) {
    deps.log.error({ err: error, couponId }, "a gate that may be behind could not be closed");
    return "FAILED";
  }
}

const BEHIND = "a gate knows fewer numbers than there are rows: it is closed and rebuilt";
