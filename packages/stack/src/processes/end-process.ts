import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "./process-identity.ts";

const GRACE_MS = 5_000;
const KILL_MS = 10_000;
const POLL_MS = 20;

/**
 * Ends a process that is not a child of this one: SIGTERM, and SIGKILL when that did not do within five seconds. Does nothing when
 * the pid belongs to another process by now.
 *
 * @throws when it is still there ten seconds after the SIGKILL, as one that waits for a broken disk, or that is not ours to signal.
 */
export async function endProcess(pid: number, identity: string): Promise<void> {
  const isOurs = () => processIdentity(pid) === identity;
  if (!isOurs()) {
    return;
  }
  signal(pid, "SIGTERM");
  // A frozen process would see the SIGTERM only once it runs again.
  signal(pid, "SIGCONT");
  if (await isGoneWithin(GRACE_MS, isOurs)) {
    return;
  }
  signal(pid, "SIGKILL");
  if (!(await isGoneWithin(KILL_MS, isOurs))) {
    throw new Error(`process ${pid} does not end, not even by SIGKILL`);
  }
}

async function isGoneWithin(ms: number, isThere: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + ms; isThere() && Date.now() < deadline;) {
    await sleep(POLL_MS);
  }
  return !isThere();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in between.
  }
}
