// What ports throw when they cannot answer. Everything that can be decided is an outcome, never one of these.

export type Neighbour = "DATABASE" | "COUPON_SERVICE" | "RANKING_SERVICE";

/** Something does not answer. Whether a change got through is not known; asking again is safe. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  readonly what: Neighbour;
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;

  constructor(what: Neighbour, retryAfterMs: number, cause?: unknown) {
    super(MESSAGES[what], { cause });
    this.what = what;
    this.retryAfterMs = retryAfterMs;
  }
}

const MESSAGES: Record<Neighbour, string> = {
  DATABASE: "the database does not answer",
  COUPON_SERVICE: "the coupon service does not answer",
  RANKING_SERVICE: "the ranking service does not answer",
};

/** More wait than may wait, or for longer. Nothing was done. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("too many payments wait for the coupon service");
    this.retryAfterMs = retryAfterMs;
  }
}
