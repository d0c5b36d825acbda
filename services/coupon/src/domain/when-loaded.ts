import { UnavailableError } from "./faults.ts";

/** Brings coupons from the database into the gate. */
export interface Loader {
  /** True: asked for a moment ago, and there was no such coupon. Costs nothing. */
  isUnknown(couponId: string): boolean;
  /** True: found to be complete not long ago, and not in the gate. Costs nothing. */
  isComplete(couponId: string): boolean;
  /**
   * Waits for whoever loads the coupon already. COMPLETE: it is not loaded, since its rows tell everything that the gate could.
   * Throws UnavailableError, OverloadedError.
   */
  load(couponId: string): Promise<"LOADED" | "UNKNOWN_COUPON" | "COMPLETE">;
}

/** Builds what the gate holds of a coupon anew, although it may be loaded. */
export interface Rebuilder {
  rebuild(couponId: string): Promise<Rebuild>;
}

/** Closes gates that have forgotten winners. */
export interface GateCloser {
  /**
   * Nobody is accepted from now on, and the coupon can be loaded when that which was on its way, unknown to the gate, has had the
   * time to be written. False: it is closed already.
   */
  closeAfterLoss(couponId: string): Promise<boolean>;
}

/** How many winners the gate has met, and the number that the next one gets. */
export type Rebuild = { winners: number; nextNo: number } | "UNKNOWN_COUPON" | "LOADING_ELSEWHERE";

/** A coupon that the gate has lost whenever it is asked so many times in a row belongs to a gate in trouble. */
const ATTEMPTS = 3;
const RETRY_AFTER_MS = 500;

/**
 * The gate's answer about a coupon, which is loaded first when it has to be. COMPLETE: the gate does not hold it, and need not;
 * the rows answer.
 *
 * @throws UnavailableError when it cannot be loaded, OverloadedError when too many wait for it
 */
export function whenLoaded<T>(
  loader: Loader,
  couponId: string,
  ask: () => Promise<T | "NOT_LOADED">,
): Promise<T | "UNKNOWN_COUPON" | "COMPLETE"> {
  if (loader.isUnknown(couponId)) return Promise.resolve("UNKNOWN_COUPON");
  if (loader.isComplete(couponId)) return Promise.resolve("COMPLETE");
  // Not a function that awaits: nearly every coupon is loaded, and on the hot path each such function costs half a kilobyte.
  return ask().then((answer) => (answer === "NOT_LOADED" ? loadAndAsk(loader, couponId, ask) : answer));
}

async function loadAndAsk<T>(
  loader: Loader,
  couponId: string,
  ask: () => Promise<T | "NOT_LOADED">,
): Promise<T | "UNKNOWN_COUPON" | "COMPLETE"> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    const loaded = await loader.load(couponId);
    if (loaded !== "LOADED") return loaded;
    const answer = await ask();
    if (answer !== "NOT_LOADED") return answer;
  }
  throw new UnavailableError("GATE", RETRY_AFTER_MS);
}
