import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import type { ScriptRunner } from "../script.ts";

const script = loadScript(new URL("./hold.lua", import.meta.url));

/**
 * Sets the idle time of entries of one partition, and their count of failures where given, if `consumer` still owns them.
 * Returns the ids that it does not own any more.
 */
export async function hold(
  redis: ScriptRunner,
  keys: Keys,
  partition: number,
  owner: { consumer: string; idleMs: number },
  entries: readonly { readonly entryId: string; readonly failures?: number }[],
): Promise<string[]> {
  const args: (string | number)[] = [HANDOFF_GROUP, owner.consumer, owner.idleMs];
  for (const { entryId, failures } of entries) args.push(entryId, failures ?? "");
  return (await script(redis, [keys.handoff(partition)], args)) as string[];
}
