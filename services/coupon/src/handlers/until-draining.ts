/** What comes in until the peer ends its side, or the server begins to stop. Half a stream still ends with an error. */
export async function* untilDraining<T>(requests: AsyncIterable<T>, draining: AbortSignal): AsyncGenerator<T> {
  const iterator = requests[Symbol.asyncIterator]();
  // One listener for the whole stream, which wakes the read under way: a promise raced with every read would remember them all.
  let wake: (() => void) | undefined;
  const stop = (): void => wake?.();
  draining.addEventListener("abort", stop);
  try {
    while (!draining.aborted) {
      const next = iterator.next();
      const stopped = new Promise<undefined>((resolve) => {
        wake = () => resolve(undefined);
      });
      const result = await Promise.race([next, stopped]);
      if (!result) {
        // Nobody waits for this read any more; that its peer goes away is no news then.
        next.catch(() => {});
        return;
      }
      if (result.done) return;
      yield result.value;
    }
  } finally {
    draining.removeEventListener("abort", stop);
  }
}
