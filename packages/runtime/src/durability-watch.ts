import type { Logger } from "./logger.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Metrics } from "./metrics.ts";

export interface DurabilityWatchSpec {
  /** A sentence for each setting of a store that is unsafe, or cannot be read. Never throws. */
  readonly check: () => Promise<readonly string[]>;
  log: Logger;
  metrics: Metrics;
}

/** Settings change by hand, and with a server that takes another's place. */
const EVERY_TEN_MINUTES = "30 5-55/10 * * * *";

/**
 * Looks at the settings on which accepted coupons outlive a crash: before this resolves, and every ten minutes after. Each warning
 * is logged when it is new, and `firstcome_durability_warnings` says how many there are.
 */
export async function watchDurability({ check, log, metrics }: DurabilityWatchSpec): Promise<Loop> {
  const gauge = metrics.gauge({
    name: "firstcome_durability_warnings",
    help: "Settings of Redis or the database that may lose what was accepted, or cannot be read. Must be 0",
    aggregator: "max",
  });
  let known = new Set<string>();
  const look = async (): Promise<void> => {
    const warnings = new Set(await check());
    for (const warning of warnings.difference(known)) log.warn(warning);
    gauge.set(warnings.size);
    known = warnings;
  };
  await look();
  return startLoop({ name: "watch-durability", cron: EVERY_TEN_MINUTES, runOnce: look, log, metrics });
}
