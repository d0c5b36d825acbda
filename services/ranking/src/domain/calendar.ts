/** A shop's business days, as `yyyymmdd`. */
export interface Calendar {
  /** The day in which a moment (epoch ms) falls. */
  dayOf(at: number): string;
  /** The last `count` days, the one in which the moment falls included, newest first. */
  lastDays(at: number, count: number): string[];
  /** Whether there is such a day: not 20300230. */
  has(day: string): boolean;
}
