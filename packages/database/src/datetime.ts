/** A DATETIME(3) column as the pool gives it, "2026-11-21 20:00:00.123" in UTC, in epoch ms. */
export function fromDatetime(text: string): number {
  return Date.parse(`${text.replace(" ", "T")}Z`);
}
