import { businessDay, businessDayBefore } from "@firstcome/runtime";
import type { Calendar } from "../domain/calendar.ts";

/** @param timeZone IANA name */
export function businessCalendar(timeZone: string): Calendar {
  const dayOf = (at: number): string => businessDay(at, timeZone);
  return {
    dayOf,
    lastDays(at, count) {
      const today = dayOf(at);
      return Array.from({ length: count }, (_, days) => businessDayBefore(today, days));
    },
    has(day) {
      try {
        return businessDayBefore(day, 0) === day;
      } catch {
        // There is no such month.
        return false;
      }
    },
  };
}
