import { type Loop, TimeoutError, withTimeout } from "@firstcome/runtime";
import type { App } from "./app.ts";
import { Releaser } from "./dispatch/releaser.ts";
import type { Loops } from "./loops.ts";

/**
 * Ends the dispatch in this order: no new workers and batches; the workers settle what they have while what no worker has
 * goes back; at the deadline the rest goes back too; what is done is taken off the hand-off, which is left then.
 */
export async function stopDispatch(app: App, loops: Loops, deadlineMs: number): Promise<void> {
  const { source, dispatch, settler, clock, log } = app;
  const releaser = new Releaser({ ...app, maxWaitMs: 0 });
  const giveBack = async (): Promise<void> => {
    await releaser
      .releaseAll()
      .catch((error: unknown) => log.warn({ err: error }, "not given back: others will claim it"));
  };

  dispatch.stopHandingOut();
  const sessions = [...dispatch.sessions];
  for (const session of sessions) session.sendAway("DRAINING", deadlineMs, clock.now());
  // A read under way is awaited: what it brings is given back now rather than claimed much later.
  const nothingComes = stopAll(loops.bringing).then(giveBack);
  await inTime(Promise.all([nothingComes, ...sessions.map((session) => session.over)]), deadlineMs);
  for (const lane of source.lanes) lane.close();
  for (const session of dispatch.sessions) session.end("DRAINING");

  await nothingComes;
  await stopAll(loops.tending);
  if (settler.size > 0) await settleRest(app);
  await giveBack();
  await source.leave().catch((error: unknown) => log.debug({ err: error }, "not taken off the list of dispatchers"));
}

async function stopAll(loops: readonly Loop[]): Promise<void> {
  await Promise.all(loops.map((loop) => loop.stop()));
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
