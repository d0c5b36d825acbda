/**
 * The day of a shop, such as "20261121", in which a moment falls.
 *
 * @param at epoch ms
 * @param timeZone IANA name, such as "Asia/Seoul"
 * @throws RangeError when there is no such zone or moment
 */
export function businessDay(at: number, timeZone: string): string {
  return formatterOf(timeZone).format(at).replaceAll("-", "");
}

/** The day that lies `days` before another: ("20260301", 1) gives "20260228". */
export function businessDayBefore(day: string, days: number): string {
  // Days are counted in the calendar, where each follows the last; in hours, some have 23 or 25.
  const date = new Date(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10).replaceAll("-", "");
}

/** Making one costs a thousand times as much as using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    // Sweden writes dates as ISO 8601 does.
    formatter = new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}
