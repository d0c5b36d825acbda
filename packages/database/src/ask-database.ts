import { isDatabaseUnavailable, isLockConflict } from "./faults.ts";

/** Runs an access to the database; what it throws is what the service says of it. */
export type AskDatabase = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Gives a service's own words to accesses that the database did not answer. Whether a write got through is not known then;
 * every other error stays what it is.
 *
 * @param unavailable the error to throw instead; worth asking again after `retryAfterMs`
 */
export function askDatabaseWith(unavailable: (retryAfterMs: number, cause: unknown) => Error): AskDatabase {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      // A lock that five attempts did not get is a database too busy to answer.
      if (!isDatabaseUnavailable(error) && !isLockConflict(error)) throw error;
      throw unavailable(RETRY_AFTER_MS, error);
    }
  };
}

/** A database that is away is not back sooner, and callers come back all together. */
const RETRY_AFTER_MS = 200;
