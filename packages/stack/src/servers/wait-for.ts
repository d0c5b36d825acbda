import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;
const DEADLINE_MS = 60_000;

/**
 * Waits for servers to agree with each other.
 *
 * @throws when `holds` was not true within a minute.
 */
export async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; !(await holds()); await sleep(POLL_MS)) {
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    }
  }
}
