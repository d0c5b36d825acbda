/** How a coupon stands in the database, as far as its gate must agree. */
export interface CouponStanding {
  readonly id: string;
  readonly finished: boolean;
  readonly version: number;
  /** Finished, and every number up to this one is settled; undefined: not known to be. */
  readonly completedNo: number | undefined;
}

/** How it stands in the gate. */
export interface GateStanding {
  /** Numbers given so far: 1 … accepted. */
  readonly accepted: number;
  readonly finished: boolean;
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
  /** Those of them that are loaded. `failure`: some could not be asked, for that reason. */
  read(couponIds: readonly string[]): Promise<{ loaded: ReadonlyMap<string, GateStanding>; failure?: unknown }>;
}
