import type { DispatchAdminService } from "@firstcome/contracts/dispatch";
import type { Handler } from "@firstcome/rpc";
import { statsMessage, type StatsSpec } from "./stats-message.ts";

export function getStats(spec: StatsSpec): Handler<typeof DispatchAdminService, "getStats"> {
  return async () => ({ stats: await statsMessage(spec) });
}
