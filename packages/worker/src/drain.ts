import type { Logger } from "@firstcome/runtime";
import type { Handling } from "./handling.ts";
import { RELEASED } from "./outcome.ts";
import type { Session } from "./session.ts";

/** For a handler that was told to stop. */
const GIVE_UP_MS = 1_000;
/** For the dispatchers to take note of what was given back, and of the last acknowledgements. */
const GOODBYE_MS = 3_000;

export interface DrainSpec {
  handling: Handling<Session>;
  /** Those that have not ended. */
  sessions: Iterable<Session>;
  /** Of the loops that attach anew; they end when `stopping` aborts. */
  loops: readonly Promise<void>[];
  stopping: AbortController;
  /** Seen by the handler. */
  givingUp: AbortController;
  timeoutMs: number;
  log: Logger;
}

/** Ends a worker in order: no new work, finish, give back, say goodbye. Each step has its deadline. */
export async function drain(spec: DrainSpec): Promise<void> {
  const { handling, sessions, loops, stopping, givingUp, timeoutMs, log } = spec;
  stopping.abort();
  for (const session of sessions) session.leave();

  await orAfter(timeoutMs, handling.idle());
  givingUp.abort();
  await orAfter(GIVE_UP_MS, handling.idle());

  if (handling.size > 0) log.warn({ batches: handling.size }, "giving back what is not finished");
  handling.settleAll(RELEASED);

  await orAfter(GOODBYE_MS, Promise.all([...sessions].map((session) => session.ended)));
  for (const session of sessions) session.cancel();
  await Promise.all(loops);
}

async function orAfter(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, over]);
  clearTimeout(timer);
}
