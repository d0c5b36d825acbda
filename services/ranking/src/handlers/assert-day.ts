import { invalidArgument } from "@firstcome/rpc";
import type { Calendar } from "../domain/calendar.ts";

/** @throws RpcError INVALID_ARGUMENT for eight digits that are no day */
export function assertDay(calendar: Calendar, day: string): void {
  if (!calendar.has(day)) throw invalidArgument([{ field: "day", description: "there is no such day" }]);
}
