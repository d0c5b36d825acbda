import type { Completion } from "./coupon.ts";

/** How a coupon stands in the database, as far as its gate must agree. */
export interface CouponStanding {
  readonly id: string;
  readonly finished: boolean;
  readonly version: number;
  /** Undefined: not known to be complete. */
  readonly completed: Completion | undefined;
}

/** How it stands in the gate. */
export interface GateStanding {
  /** Numbers given so far: 1 … accepted. */
  readonly accepted: number;
  readonly finished: boolean;
  /** Of the terms that it decides by. */
  readonly version: number;
  /** Whoever has won by now, in pages, in no order. */
  winners(): AsyncIterable<readonly Winner[]>;
}

/** A user who has won, and with what number. `acceptedAt` is epoch ms. */
export interface Winner {
  readonly userId: string;
  readonly issueNo: number;
  readonly acceptedAt: number;
}

/** Where all coupons stand. */
export interface CouponStandings {
  /** Every coupon there is, in pages. */
  standings(): AsyncIterable<readonly CouponStanding[]>;
}

/** Where all gates stand. */
export interface GateStandings {
  read(couponIds: readonly string[]): Promise<GatesFound>;
}

export interface GatesFound {
  /** Those that are loaded. */
  readonly loaded: ReadonlyMap<string, GateStanding>;
  /** Those that are not, and of which something is there all the same. */
  readonly remains: ReadonlySet<string>;
  /** Some could not be asked, for that reason. */
  readonly failure?: unknown;
}
