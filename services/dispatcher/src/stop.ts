import { TimeoutError, withTimeout } from "@firstcome/runtime";
import type { App } from "./app.ts";
import { Releaser } from "./dispatch/releaser.ts";
import type { Loops } from "./loops.ts";

/**
 * Ends the dispatch in this order: no new workers and batches; back goes what no worker has; the workers settle what they
 * have, or it is given back at the deadline; what is done is taken off the hand-off.
 */
export async function stopDispatch(app: App, loops: Loops, deadlineMs: number): Promise<void> {
  const { source, dispatch, settler, holdings, clock, log } = app;
  const releaser = new Releaser({ source, holdings, clock, log, maxWaitMs: 0 });
  const giveBack = (): Promise<void> =>
    releaser
      .releaseAll()
      .catch((error: unknown) => log.warn({ err: error }, "batches were not given back; others will claim them"));
  const until = clock.now() + deadlineMs;

  dispatch.stopHandingOut();
  // A read under way is awaited, never cut off: what it brings is given back now rather than claimed much later.
  await Promise.all(loops.bringing.map((loop) => loop.stop()));
  for (const lane of source.lanes) lane.close();
  await giveBack();

  const sessions = [...dispatch.sessions];
  const graceMs = Math.max(0, until - clock.now());
  for (const session of sessions) session.sendAway("DRAINING", graceMs, clock.now());
  await inTime(Promise.all(sessions.map((session) => session.over)), graceMs);
  for (const session of dispatch.sessions) session.end("DRAINING");

  await Promise.all(loops.tending.map((loop) => loop.stop()));
  if (settler.size > 0) await settleRest(app);
  await giveBack();
}

async function settleRest({ settler, log }: App): Promise<void> {
  try {
    while (settler.size > 0) await settler.runOnce();
  } catch (error) {
    // Their workers repeat the Acks elsewhere, and what is delivered again is written once.
    log.warn({ err: error, batches: settler.size }, "acknowledged batches were not taken off");
  }
}

async function inTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  await withTimeout(work, timeoutMs, "settling").catch((error: unknown) => {
    if (!(error instanceof TimeoutError)) throw error;
  });
}
