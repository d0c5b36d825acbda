import type { CouponBookkeeping, WinnerRow, WinnerRows } from "@firstcome/database";
import type { CouponState, LoadResult, LoadSource } from "@firstcome/redis";
import { fullJitterBackoff } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import type { Coupon } from "../domain/coupon.ts";
import { OverloadedError, UnavailableError } from "../domain/faults.ts";
import type { GateCloser, Loader, Rebuild, Rebuilder } from "../domain/when-loaded.ts";
import { toTerms } from "./coupon-terms.ts";
import { askDatabase, askRedis } from "./faults.ts";
import { SingleFlight } from "./single-flight.ts";
import type { UnknownCoupons } from "./unknown-coupons.ts";

export interface CouponLoaderOptions {
  readonly state: CouponState;
  readonly coupons: { find(couponId: string): Promise<Coupon | undefined> };
  readonly rows: Pick<WinnerRows, "chunks">;
  readonly bookkeeping: Pick<CouponBookkeeping, "enterGate">;
  readonly unknown: UnknownCoupons;
  /** Callers that may wait for loads; further ones are turned away. */
  readonly maxWaiting: number;
  /**
   * How long a coupon stays closed of which Redis has lost something, in ms: until what workers had of it is written. What comes
   * later is refused by the database, as its number belongs to another by then.
   */
  readonly settleMs: number;
  /** Told of every load that was done here. */
  readonly onLoaded: (couponId: string, winners: number) => void;
}

/** How long a load that another process is at is waited for, in ms. 500 000 winners took 7 s. */
const PATIENCE_MS = 60_000;
const RETRY_AFTER_MS = 500;
/** A loader that is silent for ten seconds counts as dead. */
const SIGN_OF_LIFE_MS = 2_000;
const backoff = fullJitterBackoff({ baseMs: 20, maxMs: 250 });

/** Brings coupons from the database into the gate in Redis: once for however many callers of this process wait for it. */
export class CouponLoader implements Loader, Rebuilder, GateCloser {
  readonly #options: CouponLoaderOptions;
  readonly #source: LoadSource;
  #waiting = 0;
  readonly #loads = new SingleFlight<string, "LOADED" | "UNKNOWN_COUPON">();

  constructor(options: CouponLoaderOptions) {
    this.#options = options;
    this.#source = databaseSource(options);
  }

  isUnknown(couponId: string): boolean {
    return this.#options.unknown.has(couponId);
  }

  async load(couponId: string): Promise<"LOADED" | "UNKNOWN_COUPON"> {
    if (this.#waiting >= this.#options.maxWaiting) throw new OverloadedError("GATE_QUEUE", RETRY_AFTER_MS);
    this.#waiting += 1;
    try {
      return await this.#loads.run(couponId, () => this.#load(couponId));
    } finally {
      this.#waiting -= 1;
    }
  }

  async rebuild(couponId: string): Promise<Rebuild> {
    const result = await this.#attempt(couponId, { rebuild: true });
    if (result.loaded) return result;
    return result.why === "UNKNOWN_COUPON" ? "UNKNOWN_COUPON" : "LOADING_ELSEWHERE";
  }

  async closeAfterLoss(couponId: string): Promise<boolean> {
    return askRedis(() => this.#options.state.close(couponId, this.#options.settleMs));
  }

  async #load(couponId: string): Promise<"LOADED" | "UNKNOWN_COUPON"> {
    const { unknown, settleMs } = this.#options;
    if (!(await unknown.mayExist(couponId))) return "UNKNOWN_COUPON";
    const patience = performance.now() + settleMs + PATIENCE_MS;
    for (let attempt = 0; performance.now() < patience; attempt += 1) {
      const result = await this.#attempt(couponId, { rebuild: false });
      if (result.loaded || result.why === "ALREADY_LOADED") return "LOADED";
      if (result.why === "UNKNOWN_COUPON") {
        unknown.add(couponId);
        return "UNKNOWN_COUPON";
      }
      await sleep(backoff(attempt));
    }
    throw new UnavailableError("GATE", RETRY_AFTER_MS);
  }

  async #attempt(couponId: string, how: { rebuild: boolean }): Promise<LoadResult> {
    const result = await askRedis(() => this.#options.state.load(couponId, this.#source, how));
    if (result.loaded) this.#options.onLoaded(couponId, result.winners);
    return result;
  }
}

function databaseSource({ coupons, rows, bookkeeping, settleMs }: CouponLoaderOptions): LoadSource {
  return {
    async terms(couponId) {
      const coupon = await coupons.find(couponId);
      return coupon && toTerms(coupon);
    },
    enter: (couponId) => askDatabase(() => bookkeeping.enterGate(couponId)),
    settled: () => silence(settleMs),
    winners: (couponId) => chunksFromDatabase(rows, couponId),
  };
}

/** Time that passes, with a sign of life now and then. */
async function* silence(ms: number): AsyncGenerator<readonly never[]> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) {
    await sleep(Math.min(left, SIGN_OF_LIFE_MS));
    yield [];
  }
}

async function* chunksFromDatabase(
  rows: CouponLoaderOptions["rows"],
  couponId: string,
): AsyncGenerator<readonly WinnerRow[]> {
  const chunks = rows.chunks(couponId)[Symbol.asyncIterator]();
  for (;;) {
    const chunk = await askDatabase(() => chunks.next());
    if (chunk.done) return;
    yield chunk.value;
  }
}
