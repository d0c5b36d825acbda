// What ports throw when they cannot answer. Everything that can be decided is an outcome, never one of these.

const MESSAGES = {
  REDIS: "Redis does not answer",
  ORDER_SERVICE: "the order service does not answer",
  RANKING: "the popular products cannot be computed, and there is no earlier answer",
} as const;

/** Something that is needed is away. Whether a write got through is not known; asking again is safe. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  readonly what: keyof typeof MESSAGES;
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;

  constructor(what: keyof typeof MESSAGES, retryAfterMs: number, cause?: unknown) {
    super(MESSAGES[what], { cause });
    this.what = what;
    this.retryAfterMs = retryAfterMs;
  }
}

/** More watch than may watch. */
export class TooManyWatchersError extends Error {
  override readonly name = "TooManyWatchersError";
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("too many callers watch the popular products");
    this.retryAfterMs = retryAfterMs;
  }
}
