import type { CouponBookkeeping, WinnerRow, WinnerRows } from "@firstcome/database";
import type { LoadSource } from "@firstcome/redis";
import { setTimeout as sleep } from "node:timers/promises";
import { type Coupon, isAwaited } from "../domain/coupon.ts";
import { UnavailableError } from "../domain/faults.ts";
import { toTerms } from "./coupon-terms.ts";
import { askDatabase } from "./faults.ts";
import { type Place, Turns } from "./turns.ts";

export interface LoadFromDatabaseOptions {
  readonly coupons: { find(couponId: string): Promise<Coupon | undefined> };
  readonly rows: Pick<WinnerRows, "chunks">;
  readonly bookkeeping: Pick<CouponBookkeeping, "enterGate">;
  /**
   * How long a coupon stays closed of which Redis has lost something, in ms: until what workers had of it is written. What comes
   * later is refused by the database, as its number belongs to another by then.
   */
  readonly settleMs: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Loads of one process that read winners at the same time, each on a connection of its own: of coupons that people are waiting
 * for, and of all others. So whoever makes it load many old ones takes little of Redis and MySQL, and nothing from the former.
 */
const AWAITED_AT_ONCE = 4;
const OTHERS_AT_ONCE = 2;
/** How long a load waits for its turn, in ms. */
const PATIENCE_MS = 60_000;
const RETRY_AFTER_MS = 500;
/** A loader that is silent for ten seconds counts as dead. */
const SIGN_OF_LIFE_MS = 2_000;

/** Where coupons are loaded from: their rows. */
export class DatabaseSources {
  readonly #options: LoadFromDatabaseOptions;
  readonly #awaited = new Turns(AWAITED_AT_ONCE);
  readonly #others = new Turns(OTHERS_AT_ONCE);

  readonly #stopping: AbortSignal;

  /** @param stopping aborts the loads that are under way */
  constructor(options: LoadFromDatabaseOptions, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
  }

  /** For one load. To be disposed of after it, which gives its turn to the next. */
  open(): LoadSource & Disposable {
    const { coupons, rows, bookkeeping, settleMs, now } = this.#options;
    let turns = this.#others;
    let place: Place | undefined;
    return {
      terms: async (couponId) => {
        const coupon = await coupons.find(couponId);
        if (coupon && isAwaited(coupon, now())) turns = this.#awaited;
        return coupon && toTerms(coupon);
      },
      enter: (couponId) => askDatabase(() => bookkeeping.enterGate(couponId)),
      settled: () => silence(settleMs, this.#stopping),
      turn: () => untilTurn(() => (place = turns.queue()), this.#stopping),
      winners: (couponId) => chunksFromDatabase(rows, couponId, this.#stopping),
      [Symbol.dispose]: () => place?.leave(),
    };
  }
}

/** Time that passes, with a sign of life now and then. */
async function* silence(ms: number, stopping: AbortSignal): AsyncGenerator<readonly never[]> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) {
    await sleep(Math.min(left, SIGN_OF_LIFE_MS), undefined, { signal: stopping });
    yield [];
  }
}

/** Queues when it is read, and not before: a load that still waits for what workers had would keep others from reading. */
async function* untilTurn(queue: () => Place, stopping: AbortSignal): AsyncGenerator<readonly never[]> {
  const patience = performance.now() + PATIENCE_MS;
  const begun = queue().turn.then(() => true);
  for (;;) {
    const waiting = new AbortController();
    const signal = AbortSignal.any([waiting.signal, stopping]);
    const silent = sleep(SIGN_OF_LIFE_MS, false, { signal }).catch(() => false);
    const isBegun = await Promise.race([begun, silent]);
    waiting.abort();
    if (isBegun) return;
    stopping.throwIfAborted();
    if (performance.now() >= patience) throw new UnavailableError("GATE", RETRY_AFTER_MS);
    yield [];
  }
}

async function* chunksFromDatabase(
  rows: LoadFromDatabaseOptions["rows"],
  couponId: string,
  stopping: AbortSignal,
): AsyncGenerator<readonly WinnerRow[]> {
  const chunks = rows.chunks(couponId)[Symbol.asyncIterator]();
  for (;;) {
    stopping.throwIfAborted();
    const chunk = await askDatabase(() => chunks.next());
    if (chunk.done) return;
    yield chunk.value;
  }
}
