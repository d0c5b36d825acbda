import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./redrive.lua", import.meta.url));

/** Puts a dead letter back on its partition's hand-off, with no failures. False: it is not there. */
export async function redrive(redis: RedisClient, keys: Keys, partition: number, letterId: string): Promise<boolean> {
  return (await script(redis, [keys.dead(partition), keys.handoff(partition)], [letterId])) === 1;
}
