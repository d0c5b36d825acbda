import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@firstcome/runtime";
import type { DeadLetterBox } from "../domain/dead-letter-box.ts";

export interface RedriveSpec {
  box: Pick<DeadLetterBox, "ids" | "redrive">;
  /** Empty: all that are there now. */
  ids: readonly string[];
  perSecond: number;
  clock: Clock;
  /** Ends it between two letters. */
  signal: AbortSignal;
}

export interface RedriveProgress {
  readonly redriven: number;
  readonly notFound: number;
}

/** Puts dead letters back on the hand-off at an even pace. Yields its progress about once a second, and at the end. */
export async function* redrive(spec: RedriveSpec): AsyncGenerator<RedriveProgress, void, undefined> {
  const { box, perSecond, clock, signal } = spec;
  const startedAt = clock.now();
  let reportedAt = startedAt;
  let redriven = 0;
  let notFound = 0;
  for await (const id of spec.ids.length > 0 ? spec.ids : box.ids()) {
    const dueAt = startedAt + ((redriven + notFound) * 1_000) / perSecond;
    // A timer is only good to a millisecond; at a high rate several letters share one.
    for (let now = clock.now(); now < dueAt && !signal.aborted; now = clock.now()) {
      const untilReport = Math.max(1, reportedAt + REPORT_MS - now);
      await sleep(Math.min(dueAt - now, untilReport), undefined, { signal }).catch(() => undefined);
      if (clock.now() >= reportedAt + REPORT_MS) {
        reportedAt = clock.now();
        yield { redriven, notFound };
      }
    }
    if (signal.aborted) return;
    if (await box.redrive(id)) redriven += 1;
    else notFound += 1;
  }
  yield { redriven, notFound };
}

const REPORT_MS = 1_000;
