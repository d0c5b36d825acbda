import { UnavailableError } from "./faults.ts";

/** Brings coupons from the database into the gate. */
export interface Loader {
  /** True: asked for a moment ago, and there was no such coupon. Costs nothing. */
  isUnknown(couponId: string): boolean;
  /** True: found to be complete not long ago, and not in the gate. Costs nothing. */
  isComplete(couponId: string): boolean;
  /**
   * Waits for whoever loads the coupon already. COMPLETE: it is not loaded, since its rows tell everything that the gate could.
   * Throws UnavailableError; for a waiter also when it takes longer than one may wait, OverloadedError when too many do, and
   * TooLateError. The load goes on without those who have given up.
   *
   * @param waiter a caller. Without: waits to the end, as jobs can
   */
  load(couponId: string, waiter?: Waiter): Promise<Load>;
}

type Load = "LOADED" | "UNKNOWN_COUPON" | "COMPLETE";

/** A caller who waits for a load, and takes up room meanwhile. */
export interface Waiter {
  readonly users: number;
  /** Epoch ms. */
  readonly deadline?: number | undefined;
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
 * @param deadline epoch ms; the caller's
 * @param users how many are asked about
 * @throws UnavailableError when it cannot be loaded, or not as fast as callers may wait; OverloadedError when too many wait for
 * it; TooLateError
 */
export function whenLoaded<T>(
  loader: Loader,
  couponId: string,
  ask: () => Promise<T | "NOT_LOADED">,
  deadline?: number,
  users = 1,
): Promise<T | "UNKNOWN_COUPON" | "COMPLETE"> {
  if (loader.isUnknown(couponId)) return Promise.resolve("UNKNOWN_COUPON");
  if (loader.isComplete(couponId)) return Promise.resolve("COMPLETE");
  // Not a function that awaits: nearly every coupon is loaded, and on the hot path each such function costs half a kilobyte.
  return ask().then((answer) =>
    answer === "NOT_LOADED" ? loadAndAsk(() => loader.load(couponId, { users, deadline }), ask) : answer,
  );
}

/** The same for jobs and for what operators follow or give on a stream: they take up nobody's room, and wait to the end of a load. */
export async function onceLoaded<T>(
  loader: Loader,
  couponId: string,
  ask: () => Promise<T | "NOT_LOADED">,
): Promise<T | "UNKNOWN_COUPON" | "COMPLETE"> {
  if (loader.isUnknown(couponId)) return "UNKNOWN_COUPON";
  if (loader.isComplete(couponId)) return "COMPLETE";
  const answer = await ask();
  return answer === "NOT_LOADED" ? loadAndAsk(() => loader.load(couponId), ask) : answer;
}

async function loadAndAsk<T>(
  load: () => Promise<Load>,
  ask: () => Promise<T | "NOT_LOADED">,
): Promise<T | "UNKNOWN_COUPON" | "COMPLETE"> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    const loaded = await load();
    if (loaded !== "LOADED") return loaded;
    const answer = await ask();
    if (answer !== "NOT_LOADED") return answer;
  }
  throw new UnavailableError("GATE", RETRY_AFTER_MS);
}
