import { setTimeout as sleep } from "node:timers/promises";
import type { SupervisedProcess } from "../processes/supervised-process.ts";

const POLL_MS = 15;

/** The process ended before it was ready. */
export class EndedEarlyError extends Error {
  override readonly name = "EndedEarlyError";
}

/**
 * Waits until `probe` resolves to true. A probe that throws counts as "not yet": a starting server refuses connections.
 *
 * @throws {EndedEarlyError} when the process ends first; an Error when the deadline passes, after killing it. Both messages end with its last lines.
 */
export async function waitUntilReady(
  name: string,
  server: SupervisedProcess,
  probe: () => Promise<boolean>,
  deadlineMs: number,
): Promise<void> {
  let lastFailure = "";
  const deadline = Date.now() + deadlineMs;
  // A server that accepts a connection and then says nothing would hold a probe for ever.
  const giveUp = sleep(deadlineMs, false, { ref: false });
  for (; Date.now() < deadline; await sleep(POLL_MS)) {
    if (!server.running) {
      const { code, signal } = await server.exited;
      throw new EndedEarlyError(
        `${name} ended while it started (${signal ?? `exit code ${code}`}):\n${server.output.describe()}`,
      );
    }
    try {
      if (await Promise.race([probe(), server.exited.then(() => false), giveUp])) {
        return;
      }
    } catch (error) {
      lastFailure = error instanceof Error ? error.message : String(error);
    }
  }
  await server.kill();
  throw new Error(
    `${name} was not ready after ${deadlineMs} ms (${lastFailure || "no answer"}):\n${server.output.describe()}`,
  );
}
