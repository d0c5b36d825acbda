import { setTimeout as sleep } from "node:timers/promises";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { DispatchAdminService } from "@firstcome/contracts/dispatch";
import type { Handler } from "@firstcome/rpc";
import { statsMessage, type StatsSpec } from "./stats-message.ts";

export function watchStats(spec: StatsSpec): Handler<typeof DispatchAdminService, "watchStats"> {
  return async function* watch({ interval }, ctx) {
    const intervalMs = interval ? durationMs(interval) : DEFAULT_INTERVAL_MS;
    const signal = AbortSignal.any([ctx.signal, ctx.draining]);
    while (!signal.aborted) {
      yield { stats: await statsMessage(spec) };
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  };
}

const DEFAULT_INTERVAL_MS = 1_000;
