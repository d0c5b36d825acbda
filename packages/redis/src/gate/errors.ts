/** The gate has as many callers waiting as it may have. Nothing was decided. */
export class GateQueueFullError extends Error {
  override readonly name = "GateQueueFullError";
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super("too many callers wait for the gate");
    this.retryAfterMs = retryAfterMs;
  }
}

/** The caller's deadline passed while it waited. Nothing was decided. */
export class GateDeadlineError extends Error {
  override readonly name = "GateDeadlineError";
  constructor() {
    super("the deadline passed before the gate was asked");
  }
}

/** Redis did not answer, so it is not known whether the gate has decided. Asking again is safe: the same number comes back. */
export class GateUnavailableError extends Error {
  override readonly name = "GateUnavailableError";
  /** When it is worth asking again, in ms. */
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number, cause: unknown) {
    super("the gate does not answer", { cause });
    this.retryAfterMs = retryAfterMs;
  }
}
