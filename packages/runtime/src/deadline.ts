export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * The outcome of `work`, or a {@link TimeoutError} when it takes longer than `timeoutMs`. The work itself is not
 * stopped: give it a signal of its own when it can be.
 *
 * @param what names the work in the error, as in "closing Redis took longer than 500 ms"
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TimeoutError(`${what} took longer than ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
