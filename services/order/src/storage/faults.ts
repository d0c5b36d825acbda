import { askDatabaseWith } from "@firstcome/database";
import { UnavailableError } from "../domain/faults.ts";

/** Runs a database access; what it throws is the domain's, where the domain has a word for it. */
export const askDatabase = askDatabaseWith(
  (retryAfterMs, cause) => new UnavailableError("DATABASE", retryAfterMs, cause),
);
