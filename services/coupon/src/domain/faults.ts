// What ports throw when they cannot answer. Everything that can be decided is an outcome, never one of these.

/** A store does not answer. Whether a write got through is not known; asking again is safe. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  readonly store: "GATE" | "DATABASE";
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;

  constructor(store: "GATE" | "DATABASE", retryAfterMs: number, cause?: unknown) {
    super(store === "GATE" ? "the gate does not answer" : "the database does not answer", { cause });
    this.store = store;
    this.retryAfterMs = retryAfterMs;
  }
}

/** More wait than may wait. Nothing was done. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
  readonly what: "GATE_QUEUE" | "WATCHERS";
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;

  constructor(what: "GATE_QUEUE" | "WATCHERS", retryAfterMs: number) {
    super(what === "GATE_QUEUE" ? "too many callers wait for the gate" : "too many callers watch user coupons");
    this.what = what;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The caller's deadline passed while it waited. Nothing was done. */
export class TooLateError extends Error {
  override readonly name = "TooLateError";

  constructor() {
    super("the deadline passed before the gate was asked");
  }
}
