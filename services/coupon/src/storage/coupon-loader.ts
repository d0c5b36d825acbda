import type { CouponState, LoadResult } from "@firstcome/redis";
import { fullJitterBackoff, withTimeout } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "../domain/faults.ts";
import type { GateCloser, Loader, Rebuild, Rebuilder, Waiter } from "../domain/when-loaded.ts";
import type { CompleteCoupons } from "./complete-coupons.ts";
import { askRedis } from "./faults.ts";
import { DatabaseSources, type LoadFromDatabaseOptions } from "./load-from-database.ts";
import type { LoadWaiters } from "./load-waiters.ts";
import { SingleFlight } from "./single-flight.ts";
import type { UnknownCoupons } from "./unknown-coupons.ts";

export interface CouponLoaderOptions extends LoadFromDatabaseOptions {
  readonly state: CouponState;
  readonly unknown: UnknownCoupons;
  readonly complete: CompleteCoupons;
  readonly waiters: LoadWaiters;
  /** Told of every load that was done here. */
  readonly onLoaded: (couponId: string, winners: number) => void;
}

/** How long a load that another process is at is waited for, in ms. 500 000 winners took 7 s. */
const PATIENCE_MS = 60_000;
const RETRY_AFTER_MS = 500;
/** How long the end of loads is waited for that are given up, in ms: as long as a query takes. */
const GIVING_UP_MS = 1_000;
const backoff = fullJitterBackoff({ baseMs: 20, maxMs: 250 });

/**
 * Brings coupons from the database into the gate in Redis: once for however many callers of this process wait for it. Complete
 * ones of which nothing is there stay away, or whoever asks for many old coupons would fill Redis with their winners.
 */
export class CouponLoader implements Loader, Rebuilder, GateCloser, AsyncDisposable {
  readonly #options: CouponLoaderOptions;
  readonly #sources: DatabaseSources;
  readonly #stopping = new AbortController();
  readonly #attempts = new Set<Promise<LoadResult>>();
  readonly #loads = new SingleFlight<string, "LOADED" | "UNKNOWN_COUPON" | "COMPLETE">();

  constructor(options: CouponLoaderOptions) {
    this.#options = options;
    this.#sources = new DatabaseSources(options, this.#stopping.signal);
  }

  isUnknown(couponId: string): boolean {
    return this.#options.unknown.has(couponId);
  }

  isComplete(couponId: string): boolean {
    return this.#options.complete.has(couponId);
  }

  load(couponId: string, waiter?: Waiter): Promise<"LOADED" | "UNKNOWN_COUPON" | "COMPLETE"> {
    const load = () => this.#loads.run(couponId, () => this.#load(couponId));
    return waiter ? this.#options.waiters.wait(couponId, waiter, load) : load();
  }

  async rebuild(couponId: string): Promise<Rebuild> {
    const result = await this.#attempt(couponId, { rebuild: true });
    if (result.loaded) return result;
    return result.why === "UNKNOWN_COUPON" ? "UNKNOWN_COUPON" : "LOADING_ELSEWHERE";
  }

  async closeAfterLoss(couponId: string): Promise<boolean> {
    return askRedis(() => this.#options.state.close(couponId, this.#options.settleMs));
  }

  /** Gives up the loads that are under way, and whoever waits for one: a stop has no time for them. */
  giveUp(): void {
    this.#stopping.abort();
  }

  /** Gives up, and waits until Redis knows of it: other processes need not wait until this one counts as dead. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    await withTimeout(Promise.allSettled(this.#attempts), GIVING_UP_MS, "giving up loads").catch(() => undefined);
  }

  async #load(couponId: string): Promise<"LOADED" | "UNKNOWN_COUPON" | "COMPLETE"> {
    const { state, unknown, complete, coupons, settleMs } = this.#options;
    if (!(await unknown.mayExist(couponId))) return "UNKNOWN_COUPON";
    const coupon = await coupons.find(couponId);
    if (!coupon) {
      unknown.add(couponId);
      return "UNKNOWN_COUPON";
    }
    const patience = performance.now() + settleMs + PATIENCE_MS;
    for (let attempt = 0; performance.now() < patience && !this.#stopping.signal.aborted; attempt += 1) {
      // Of one that is there in part, which takes somebody who was killed, the gate tells the rest as well.
      if (coupon.completed && !(await askRedis(() => state.holds(couponId)))) {
        complete.add(couponId);
        return "COMPLETE";
      }
      const result = await this.#attempt(couponId, { rebuild: false });
      if (result.loaded || result.why === "ALREADY_LOADED") return "LOADED";
      if (result.why === "UNKNOWN_COUPON") return "UNKNOWN_COUPON";
      await sleep(backoff(attempt));
    }
    throw new UnavailableError("GATE", RETRY_AFTER_MS);
  }

  async #attempt(couponId: string, how: { rebuild: boolean }): Promise<LoadResult> {
    const attempt = this.#loadOnce(couponId, how);
    this.#attempts.add(attempt);
    try {
      return await attempt;
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  async #loadOnce(couponId: string, how: { rebuild: boolean }): Promise<LoadResult> {
    using source = this.#sources.open();
    const result = await askRedis(() => this.#options.state.load(couponId, source, how));
    if (!result.loaded) return result;
    this.#options.complete.loaded(couponId);
    this.#options.onLoaded(couponId, result.winners);
    return result;
  }
}
