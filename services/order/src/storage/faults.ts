import { isDatabaseUnavailable, isLockConflict } from "@firstcome/database";
import { UnavailableError } from "../domain/faults.ts";

/** A database that is away is not back sooner, and callers come back all together. */
const RETRY_AFTER_MS = 200;

/** Runs a database access; what it throws is the domain's, where the domain has a word for it. */
export async function askDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A lock that five attempts did not get is a database too busy to answer.
    if (!isDatabaseUnavailable(error) && !isLockConflict(error)) throw error;
    throw new UnavailableError("DATABASE", RETRY_AFTER_MS, error);
  }
}
