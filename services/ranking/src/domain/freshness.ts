import type { Calendar } from "./calendar.ts";
import type { Popular } from "./popular.ts";

/** Five minutes from one refresh to the next, and one for it to be done. */
export const FRESH_FOR_MS = 6 * 60_000;

/**
 * Whether a ranking may be told as it is at `now` (epoch ms). At midnight the period moves on, whatever its age. One from
 * the future was computed where the clock is wrong.
 */
export function isFresh({ computedAt }: Popular, now: number, calendar: Calendar): boolean {
  return Math.abs(now - computedAt) < FRESH_FOR_MS && calendar.dayOf(computedAt) === calendar.dayOf(now);
}
