import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "./process-identity.ts";

const GRACE_MS = 5_000;
const POLL_MS = 20;

/**
 * Ends a process that is not a child of this one: SIGTERM, and SIGKILL when that did not do within five seconds. Does nothing when
 * the pid belongs to another process by now.
 */
export async function endProcess(pid: number, identity: string): Promise<void> {
  const isOurs = () => processIdentity(pid) === identity;
  if (!isOurs()) {
    return;
  }
  signal(pid, "SIGTERM");
  // A frozen process would see the SIGTERM only once it runs again.
  signal(pid, "SIGCONT");
  for (const deadline = Date.now() + GRACE_MS; isOurs() && Date.now() < deadline;) {
    await sleep(POLL_MS);
  }
  if (isOurs()) {
    signal(pid, "SIGKILL");
  }
  while (isOurs()) {
    await sleep(POLL_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in between.
  }
}
